// Owns the facts about the rehearsal of backups, on an installed PostgreSQL with its tools.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate, readMigrations } from '../../src/schema/migrations.ts';
import { installedPostgres, type Server, startServer } from '../support/cluster.ts';
import { type Service, startService } from '../support/service.ts';
import { openShop } from '../support/shop.ts';

const script = path.resolve('ops', 'rehearse-backup.sh');
const tools = `/usr/lib/postgresql/${installedPostgres}/bin`;

/** @param first a folder with programs that come before the installed ones */
function rehearse(databaseUrl: string, first = tools): Promise<{ exitCode: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const env = { PATH: `${first}:${tools}:${process.env['PATH']}`, DATABASE_URL: databaseUrl };
    const child = spawn(script, [], { env });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += String(chunk)));
    child.stderr.on('data', (chunk: Buffer) => (output += String(chunk)));
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, output }));
  });
}

describe.skipIf(installedPostgres === undefined)('a rehearsal (skipped without an installed PostgreSQL)', () => {
  let server: Server;
  let service: Service;
  beforeAll(async () => {
    server = await startServer({ fsync: 'off' });
    await migrate(server.url, await readMigrations('migrations'));
    service = await startService({ sharing: { databaseUrl: server.url } });
  });
  afterAll(async () => {
    await service.stop();
    await server.stop();
  });

  test('restores every order while more come in, says so, and leaves nothing behind', async () => {
    const shop = await openShop(service);
    const token = await service.tokenFor('juma');
    const mug = await shop.makeProduct();
    const place = async (count: number) => {
      for (let placed = 0; placed < count; placed += 1)
        expect((await shop.place(token, [[mug.id, 1]])).status).toBe(201);
    };
    await place(20);
    const [{ exitCode, output }] = await Promise.all([rehearse(server.url), place(40)]);
    expect(exitCode, output).toBe(0);
    expect(output).toMatch(/dumped in .*\nrestored into agizo_rehearsal_\w+ in /);
    expect(Number(/orders +(\d+) rows/.exec(output)?.[1])).toBeGreaterThanOrEqual(20);
    expect(output).toMatch(/the same, row for row, in \d\d tables\n$/);
    const left = await server.query(`select datname from pg_database where datname like 'agizo_rehearsal%'`);
    expect(left).toEqual([]);
  });

  test('says what is different, and fails', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'agizo-rehearsal-'));
    const wrapper = path.join(folder, 'pg_restore');
    // One that restores no data.
    writeFileSync(wrapper, `#!/bin/sh\nexec ${tools}/pg_restore --section=pre-data "$@"\n`, { mode: 0o755 });
    const { exitCode, output } = await rehearse(server.url, folder);
    rmSync(folder, { recursive: true });
    expect(exitCode, output).toBe(1);
    expect(output).toMatch(/the restored database is not the same[^]*< orders\|[1-9]\d*\|[^]*> orders\|0\|0/);
  });

  test('says in one sentence what is in the way', async () => {
    const { exitCode, output } = await rehearse('postgres://nobody@127.0.0.1:1/agizo');
    expect(exitCode).toBe(1);
    expect(output).toContain('rehearse-backup: the database does not answer');
  });
});
