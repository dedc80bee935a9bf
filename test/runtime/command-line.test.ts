// Owns the facts about the command line: what it understands, what it says, and its exit codes.

import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readMigrations } from '../../src/schema/migrations.ts';
import { agizo, launchAgizo } from '../support/agizo.ts';
import { createEmptyDatabase, createTestDatabase, type Service, startService } from '../support/service.ts';

const { scripts, version } = JSON.parse(readFileSync('package.json', 'utf8'));

test('the launcher, npm start and npm run agizo start Node with the same flags', () => {
  const launcher = readFileSync('bin/agizo', 'utf8');
  const flags = (text: string) => text.match(/--[a-z-]+(?:=\d+)?/g);
  expect(flags(scripts.start)?.length).toBeGreaterThan(2);
  expect(scripts.agizo).toBe(scripts.start);
  expect(flags(/^exec node (.*)$/m.exec(launcher)?.[1] ?? '')).toEqual(flags(scripts.start));
});

test('the launcher works through a link, as on the image’s PATH', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'agizo-launcher-'));
  symlinkSync(path.resolve('bin/agizo'), path.join(folder, 'agizo'));
  const { exitCode, stdout } = await launchAgizo(['--version'], path.join(folder, 'agizo'));
  rmSync(folder, { recursive: true });
  expect([exitCode, stdout]).toEqual([0, `${version}\n`]);
});

describe('the help', () => {
  test('names every command, and each has a help of its own that fits 100 columns', async () => {
    const { exitCode, stdout } = await agizo(['--help']);
    expect(exitCode).toBe(0);
    const names = [...stdout.matchAll(/^ {2}([a-z]+(?: [a-z]+)?) {2,}/gm)].map((match) => match[1] ?? '');
    expect(names).toEqual(expect.arrayContaining(['serve', 'worker', 'migrate', 'token']));
    const helps = await Promise.all(names.map((name) => agizo([...name.split(' '), '--help'])));
    for (const [index, help] of helps.entries()) {
      expect(help.exitCode).toBe(0);
      expect(help.stdout).toContain(`Usage: agizo ${names[index]}`);
      expect(Math.max(...help.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    }
  });

  test('is also there as "agizo help COMMAND"', async () => {
    expect((await agizo(['help', 'migrate'])).stdout).toBe((await agizo(['migrate', '--help'])).stdout);
  });
});

test.each([
  ['a command that there is not', ['fly'], 'There is no command "fly".'],
  ['an option that there is not', ['migrate', '--fast'], "Unknown option '--fast'."],
  ['an operand too many', ['migrate', 'now'], "Unexpected argument 'now'."],
  ['two users', ['token', 'juma', 'amina'], 'One user at a time.'],
])('%s is wrong usage: exit code 2, and where the help is', async (_what, args, sentence) => {
  const { exitCode, stdout, stderr } = await agizo(args);
  expect(exitCode).toBe(2);
  expect(stdout).toBe('');
  expect(stderr.split('\n')).toEqual([sentence, expect.stringMatching(/^See agizo .*--help\.$/), '']);
});

describe('migrate', () => {
  test('says what it applied, and exits with 0 when there is nothing to do', async () => {
    const environment = { DATABASE_URL: await createEmptyDatabase() };
    const migrations = await readMigrations('migrations');

    const first = await agizo(['migrate'], environment);
    expect(first.exitCode).toBe(0);
    expect(first.stdout.split('\n')).toEqual([
      ...migrations.map((migration) => `applied ${migration.name}`),
      `The database is at schema ${migrations.length}.`,
      '',
    ]);
    const second = await agizo(['migrate'], environment);
    expect(second).toMatchObject({
      exitCode: 0,
      stdout: `The database is at schema ${migrations.length}: nothing to do.\n`,
    });
  });

  test('needs to know the database in production, and nothing else', async () => {
    const { exitCode, stderr } = await agizo(['migrate'], { NODE_ENV: 'production' });
    expect(exitCode).toBe(1);
    expect(stderr.match(/\w+ must be set/g)).toEqual(['DATABASE_URL must be set']);
    const environment = { NODE_ENV: 'production', DATABASE_URL: await createTestDatabase() };
    expect((await agizo(['migrate'], environment)).stdout).toMatch(/nothing to do/);
  });

  test('says in one sentence that the database is out of reach', async () => {
    const { exitCode, stderr } = await agizo(['migrate'], { DATABASE_URL: 'postgres://agizo@127.0.0.1:1/agizo' });
    expect([exitCode, stderr]).toEqual([1, 'The database is not answering (ECONNREFUSED): check DATABASE_URL.\n']);
  });
});

test('worker refuses a database that is not migrated', async () => {
  const url = await createTestDatabase();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('delete from schema_migrations where version = (select max(version) from schema_migrations)');
  await client.end();
  const { exitCode, stderr } = await agizo(['worker'], { DATABASE_URL: url, SMTP_URL: 'smtp://127.0.0.1:1' });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/older than this code's \d+: run the migrations first/);
});

describe('token', () => {
  let service: Service;
  let environment: Record<string, string>;
  beforeAll(async () => {
    service = await startService({ worker: false });
    environment = { PORT: new URL(service.url).port, PUBLIC_URL: service.url };
  });
  afterAll(() => service.stop());

  test.each([
    ['customer', [], 200, 403],
    ['customer of any name', ['juma'], 200, 403],
    ['member of staff', ['staff'], 200, 200],
    ['machine', ['machine'], 403, 200],
  ])('is one of a %s', async (_who, users, asCustomer, asStaff) => {
    const { exitCode, stdout } = await agizo(['token', ...users], environment);
    expect(exitCode).toBe(0);
    const token = stdout.trim();
    const status = async (url: string) => (await service.request('GET', url, { token })).status;
    // Nobody has told us about themselves: for a customer the answer is "not there", or the record itself.
    expect([asCustomer, 404]).toContain(await status('/api/v1/customers/me/'));
    expect(await status('/api/v1/customers/')).toBe(asStaff);
  });

  test('is refused to a stranger, in production, and when somebody else issues tokens', async () => {
    const stranger = await agizo(['token', 'me@elsewhere.test'], environment);
    expect(stranger).toMatchObject({ exitCode: 1, stdout: '' });
    expect(stranger.stderr).toContain('Wrong email or password');
    const elsewhere = await agizo(['token'], { ...environment, AUTH0_DOMAIN: 'shop.eu.auth0.com' });
    expect(elsewhere).toMatchObject({
      exitCode: 1,
      stderr: 'The sandbox issues no tokens here: they come from https://shop.eu.auth0.com/\n',
    });
    const { exitCode, stderr } = await agizo(['token'], { NODE_ENV: 'production' });
    expect([exitCode, stderr]).toEqual([1, 'There is no sandbox in production: tokens come from your issuer.\n']);
  });

  test('asks for a service that is running', async () => {
    const { exitCode, stderr } = await agizo(['token'], { PORT: '1' });
    expect([exitCode, stderr]).toEqual([
      1,
      'Nothing answers at http://127.0.0.1:1/oauth/token: start the service first, with "npm start".\n',
    ]);
  });
});
