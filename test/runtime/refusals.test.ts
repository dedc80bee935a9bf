// Owns the facts about starts that can't be: each is one clear sentence and exit 1.

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { readMigrations } from '../../src/schema/migrations.ts';
import { settings } from '../../src/settings.ts';
import { createLauncher, type Launcher } from '../support/process.ts';
import { createTestDatabase } from '../support/service.ts';

let launcher: Launcher;

beforeEach(() => {
  launcher = createLauncher();
});
afterEach(() => launcher.clean());

/** What the process says before it ends with exit 1. */
async function refusal(environment: Record<string, string> = {}): Promise<string> {
  const service = await launcher.launch(environment);
  expect(await service.ended, service.output()).toBe(1);
  return service.output();
}

async function expectSentence(environment: Record<string, string>, sentence: RegExp): Promise<void> {
  const text = await refusal(environment);
  expect(text).toMatch(sentence);
  expect(text.trim().split('\n')).toHaveLength(1);
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

test('a Node that is too old, where none comes with the packages', () => {
  const older = `data:text/javascript,Object.defineProperty(process.versions, 'node', { value: '20.19.0' })`;
  const imports = [older, path.resolve('src/before-main.js')].flatMap((file) => ['--import', file]);
  const { status, stderr } = spawnSync(process.execPath, [...imports, 'src/main.ts'], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([1, 'Agizo runs on Node 24 or newer, and this is Node 20.19.0: install it.\n']);
});

test('a port in use', async () => {
  const taken = createServer();
  const port = await new Promise<number>((resolve) =>
    taken.listen(0, '0.0.0.0', () => resolve((taken.address() as { port: number }).port)),
  );
  await expectSentence({ PORT: String(port) }, /^Port \d+ is in use by another process/);
  taken.close();
});

describe('a data folder', () => {
  test('that cannot be written', async () => {
    // Not even root makes a folder below a file.
    const file = path.join(launcher.folder, 'file');
    writeFileSync(file, '');
    await expectSentence({ DATA_DIR: path.join(file, 'data') }, /^The data folder .* can't be written \(ENOTDIR\)/);
  });

  test.runIf(process.platform === 'linux')('in a folder that takes none', () =>
    expectSentence({ DATA_DIR: '/proc/agizo/data' }, /^The data folder .* can't be written \(ENOENT\)/),
  );

  test('that another process uses', async () => {
    const first = await launcher.launch();
    await first.ready();
    await expectSentence({}, /^The data folder .* is in use by process \d+/);
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
  });

  test('of another PostgreSQL', async () => {
    const cluster = path.join(launcher.folder, 'data/postgres');
    mkdirSync(cluster, { recursive: true });
    writeFileSync(path.join(cluster, 'PG_VERSION'), '14\n');
    await expectSentence({}, /^The data in .* is of PostgreSQL 14 and this is PostgreSQL \d+/);
  });
});

describe('a database', () => {
  const worker = { ROLE: 'worker', SMTP_URL: 'smtp://127.0.0.1:1' };
  const change = (part: Partial<Pick<URL, 'port' | 'username' | 'pathname'>>) =>
    Object.assign(new URL(inject('postgresUrl')), part).href;

  test('that is not there', () =>
    expectSentence({ DATABASE_URL: change({ port: '1' }) }, /^The database is not answering \(ECONNREFUSED\)/));

  test('that does not let us in', () =>
    expectSentence({ DATABASE_URL: change({ username: 'stranger' }) }, /^The database refuses: .*stranger/));

  test('of an unknown name', () =>
    expectSentence({ DATABASE_URL: change({ pathname: 'nowhere' }) }, /^The database refuses: .*nowhere/));

  test('whose schema is newer than the code', async () => {
    const url = await createTestDatabase();
    await query(url, `insert into schema_migrations (version, name, checksum) values (9999, '9999_future.sql', '')`);
    await expectSentence({ DATABASE_URL: url }, /^The database is at schema 9999 .*newer than this code/);
    await expectSentence({ ...worker, DATABASE_URL: url }, /^The database is at schema 9999 .*newer than/);
  });

  test('whose schema is older, for a worker, which leaves migrating to others', async () => {
    const url = await createTestDatabase();
    const { length } = await readMigrations('migrations');
    await query(url, `delete from schema_migrations where version = ${length}`);
    await expectSentence({ ...worker, DATABASE_URL: url }, /^The database is at schema \d+, older than this code/);
  });

  test('that a since edited migration ran on', async () => {
    const url = await createTestDatabase();
    await query(url, `update schema_migrations set checksum = 'other' where version = 2`);
    await expectSentence({ DATABASE_URL: url }, /^Migration 0002_\w+\.sql was edited after it ran/);
  });
});

describe('settings', () => {
  test('that are wrong are all named, those of the .env file too', async () => {
    writeFileSync(path.join(launcher.folder, '.env'), 'CURRENCY=SHILLING\nROLE=boss\n');
    const text = await refusal({ LOG_LEVEL: 'loud' });
    for (const name of ['CURRENCY', 'ROLE', 'LOG_LEVEL']) expect(text).toContain(`  ${name} must be`);
    expect(text.match(/^ {2}\w/gm)).toHaveLength(3);
  });

  test('that production needs are all named', async () => {
    const text = await refusal({ NODE_ENV: 'production' });
    const needed = new Set(settings.flatMap(({ production }) => (production ? [production.join(' or ')] : [])));
    for (const names of needed) expect(text).toContain(`  ${names} must be set in production`);
    expect(text.match(/^ {2}\w/gm)).toHaveLength(needed.size);
  });
});
