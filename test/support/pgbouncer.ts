// Owns PgBouncer under test: Debian's, in transaction mode, in front of the PostgreSQL of the test run.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '../../src/local-database/local-postgres.ts';
import { eventually } from './service.ts';

export interface Pgbouncer {
  /** The same database, by way of PgBouncer. */
  through(databaseUrl: string): string;
  stop(): Promise<void>;
}

export const hasPgbouncer = spawnSync('pgbouncer', ['--version']).status === 0;

const nobody = 65_534;

/** As README.md says to set it up. With so few connections to PostgreSQL that clients really share them. */
export async function startPgbouncer(postgresUrl: string): Promise<Pgbouncer> {
  const { hostname, port: serverPort, username, password } = new URL(postgresUrl);
  const port = await freePort();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'agizo-pgbouncer-'));
  const file = path.join(folder, 'pgbouncer.ini');
  writeFileSync(
    file,
    `[databases]
* = host=${hostname} port=${serverPort} user=${username} password=${decodeURIComponent(password)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
ignore_startup_parameters = options
`,
  );
  for (const [name, mode] of [
    [folder, 0o755],
    [file, 0o644],
  ] as const)
    chmodSync(name, mode);
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
  const child = spawn('pgbouncer', ['--quiet', file], { ...user, cwd: folder, stdio: 'ignore' });
  await eventually('PgBouncer listens', () => (child.exitCode === null ? canConnect(port) : undefined));
  return {
    through(databaseUrl) {
      const url = new URL(databaseUrl);
      url.port = String(port);
      return url.href;
    },
    async stop() {
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
      .once('connect', () => {
        socket.destroy();
        resolve(true);
      })
      .once('error', () => resolve(false));
  });
}
