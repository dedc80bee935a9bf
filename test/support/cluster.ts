// Owns PostgreSQL servers with standbys, from an installed PostgreSQL: the one from npm has no pg_basebackup.

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { type GuardedProcess, startGuarded } from '../../src/local-database/guarded-process.ts';
import { freePort } from '../../src/local-database/local-postgres.ts';
import { killPostgres } from './process.ts';

type Settings = Record<string, string>;

export interface Server {
  /** The folder with its data. */
  data: string;
  port: number;
  /** Of the database that `startServer` made. */
  url: string;
  /** Makes a standby of it, which streams under the name `standby`. */
  addStandby(settings?: Settings): Promise<Server>;
  /** Makes a standby the primary. */
  promote(): Promise<void>;
  /** As when its machine loses power: every process of it is gone, and nobody was told. */
  kill(): Promise<void>;
  /** Starts it again, where it was, after `kill` or `stop`. */
  start(): Promise<void>;
  stop(): Promise<void>;
  query<T extends pg.QueryResultRow>(sql: string): Promise<T[]>;
}

const root = '/usr/lib/postgresql';
const newest = existsSync(root)
  ? readdirSync(root)
      .filter((version) => existsSync(path.join(root, version, 'bin', 'pg_basebackup')))
      .toSorted((a, b) => Number(b) - Number(a))[0]
  : undefined;

/** The major version that is installed with all it takes to make standbys; undefined where none is. */
export const installedPostgres = newest;

const nobody = '65534';
const user = 'agizo';
// PostgreSQL refuses to run as root.
const runAs =
  process.getuid?.() === 0 ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--'] : [];
const binary = (name: string) => path.join(root, newest ?? '', 'bin', name);

function run(name: string, args: string[]): void {
  const [command = '', ...rest] = [...runAs, binary(name), ...args];
  const { status, stderr } = spawnSync(command, rest, { encoding: 'utf8', cwd: os.tmpdir() });
  if (status !== 0) throw new Error(`${name} failed: ${stderr}`);
}

function newFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'agizo-cluster-'));
  chmodSync(folder, 0o700);
  if (runAs.length > 0) spawnSync('chown', [`${nobody}:${nobody}`, folder]);
  return path.join(folder, 'data');
}

/** A primary with an empty database, all of whose commits are on disk before they are answered. */
export async function startServer(settings: Settings = {}): Promise<Server> {
  const data = newFolder();
  run('initdb', ['-D', data, '-U', user, '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync']);
  const server = await openServer(data, settings);
  await server.query('create database agizo');
  return { ...server, url: server.url.replace(/postgres$/, 'agizo') };
}

async function openServer(data: string, settings: Settings): Promise<Server> {
  const port = await freePort();
  const flags = Object.entries({
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    wal_level: 'replica',
    hot_standby: 'on',
    max_connections: '100',
    ...settings,
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const url = `postgres://${user}@127.0.0.1:${port}/postgres`;
  let postgres: GuardedProcess;
  const start = async () => {
    const command = [...runAs, binary('postgres'), '-D', data, '-p', String(port), ...flags];
    postgres = await startGuarded('agizo-cluster', command, 'ready to accept');
  };
  await start();
  return {
    data,
    port,
    url,
    start,
    async addStandby(standbySettings = {}) {
      const copy = newFolder();
      const from = `host=127.0.0.1 port=${port} user=${user} application_name=standby`;
      run('pg_basebackup', ['-D', copy, '-d', from, '-R', '-X', 'stream', '-c', 'fast', '--no-sync']);
      const standby = await openServer(copy, standbySettings);
      return { ...standby, url: standby.url.replace(/postgres$/, 'agizo') };
    },
    promote: async () => run('pg_ctl', ['promote', '-D', data, '-w']),
    async kill() {
      const postmaster = Number(readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
      killPostgres(postmaster);
      await postgres.ended;
    },
    async stop() {
      await postgres.stop();
      rmSync(path.dirname(data), { recursive: true, force: true });
    },
    query: <T extends pg.QueryResultRow>(sql: string) => query<T>(url, sql),
  };
}

async function query<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}
