// Owns the facts about `agizo doctor`: what it looks at, and what it says of what is wrong.

import { createServer } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agizo, type Ended } from '../support/agizo.ts';
import { createTestDatabase, type Service, startService } from '../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService({ worker: false });
});
afterAll(() => service.stop());

/** The doctor's view of the service under test, save for what is given. */
const ask = (environment: Record<string, string> = {}): Promise<Ended> =>
  agizo(['doctor'], {
    DATABASE_URL: service.databaseUrl,
    PORT: new URL(service.url).port,
    PUBLIC_URL: service.url,
    SMTP_URL: service.sandbox.smtpUrl,
    ...environment,
  });

/** What failed, in words; the database of a test run may forget in a crash, which is said and is no news here. */
const failuresIn = (stdout: string): string[] =>
  [...stdout.matchAll(/^FAIL {2}(.*)$/gm)]
    .map((match) => match[1] ?? '')
    .filter((text) => !text.includes('fsync is off'));

/** Whether the exit code is that of what failed, the database of a test run included. */
function expectHonest({ exitCode, stdout }: Ended): void {
  const count = [...stdout.matchAll(/^FAIL /gm)].length;
  expect(stdout).toContain(`\n${count} failed, `);
  expect(exitCode).toBe(count === 0 ? 0 : 1);
}

test('all is in order where everything answers', async () => {
  const ended = await ask();
  const { stdout, stderr } = ended;
  expect([failuresIn(stdout), stderr]).toEqual([[], '']);
  expectHonest(ended);
  expect(stdout).toMatch(/^ok {4}settings .*\nok {4}database {4}PostgreSQL \d+/);
  for (const fact of ["this release's", 'clock', 'for RS256', 'the balance is KES', 'takes our mail', 'answers'])
    expect(stdout).toContain(fact);
  expect(stdout).toMatch(/ failed, 0 to look at, \d+ in order\.\n$/);
});

test('limits that are off are named', async () => {
  expect((await ask()).stdout).toMatch(/^ok +limits +What one customer or caller may ask is bounded\.$/m);
  const { stdout } = await ask({ ORDERS_PER_CUSTOMER: 'off', REQUESTS_PER_ADDRESS: 'off' });
  expect(stdout).toMatch(/^warn +limits +ORDERS_PER_CUSTOMER, REQUESTS_PER_ADDRESS are off\.$/m);
});

test('of a role it looks at what that role uses', async () => {
  expect((await ask({ ROLE: 'api' })).stdout).not.toMatch(/^\w+ +(sms|mail) /m);
  const { stdout } = await ask({ ROLE: 'worker' });
  expect(stdout).toMatch(/^ok +sms /m);
  expect(stdout).not.toMatch(/^\w+ +sign-in /m);
});

test('it is shown to nobody how to sign in', async () => {
  const { stdout } = await ask({
    SMTP_URL: 'smtp://juma:s3cret-word@127.0.0.1:1',
    AFRICA_TALKING_BASE_URL: 'http://127.0.0.1:1',
    AFRICA_TALKING_API_USERNAME: 'shop',
    AFRICA_TALKING_API_KEY: 's3cret-key',
  });
  expect(stdout).not.toContain('s3cret');
  expect(stdout).not.toContain(new URL(service.databaseUrl).password || 'a password');
});

test('settings that can’t be read are all named, and end it', async () => {
  const { exitCode, stderr } = await ask({ PORT: 'high', SMTP_URL: 'mail' });
  expect(exitCode).toBe(1);
  expect(stderr).toContain('PORT must be');
  expect(stderr).toContain('SMTP_URL must be');
});

describe('it fails, and says how to mend it, when', () => {
  async function expectFailure(environment: Record<string, string>, name: string, ...facts: (string | RegExp)[]) {
    const ended = await ask(environment);
    const { stdout } = ended;
    const [, after] = stdout.split(new RegExp(`^FAIL {2}${name} +`, 'm'));
    expect(after, stdout).toBeDefined();
    for (const fact of facts) expect(after).toMatch(fact);
    expect(failuresIn(stdout)).toHaveLength(1);
    expectHonest(ended);
  }

  test('the database is out of reach', () =>
    expectFailure(
      { DATABASE_URL: 'postgres://agizo@127.0.0.1:1/shop' },
      'database',
      '127.0.0.1:1/shop',
      'ECONNREFUSED',
      'DATABASE_URL',
    ));

  test('the schema is older, or acknowledged orders could be lost', async () => {
    const url = await createTestDatabase();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query('delete from schema_migrations where version > 1');
    await client.query(`alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = off`);
    await client.end();
    const { exitCode, stdout } = await ask({ DATABASE_URL: url });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/FAIL .*older than this code's \d+.*\n +Run "agizo migrate"/);
    // The server of a test run may forget in a crash, which the doctor says of it first.
    expect(stdout).toMatch(/FAIL .*(fsync|synchronous_commit) is off/);
  });

  test('the issuer is another', () =>
    expectFailure(
      { OIDC_ISSUER: `${service.url}/elsewhere/` },
      'sign-in',
      '/elsewhere/',
      'AUTH0_DOMAIN or OIDC_ISSUER',
    ));

  test('the SMS account is refused', () =>
    expectFailure(
      {
        AFRICA_TALKING_API_USERNAME: 'shop',
        AFRICA_TALKING_API_KEY: 'wrong',
        AFRICA_TALKING_BASE_URL: `${service.url}/sandbox/africas-talking`,
      },
      'sms',
      /refuses the account: HTTP 401: The supplied authentication is invalid\n +Set AFRICA_TALKING_API_USERNAME/,
    ));

  test('the mail server doesn’t answer, or refuses', async () => {
    await expectFailure({ SMTP_URL: 'smtp://127.0.0.1:1' }, 'mail', "127.0.0.1:1 doesn't answer", 'See that it is up');
    const refusing = createServer((socket) => void socket.end('554 not for you\r\n'));
    await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
    const { port } = refusing.address() as { port: number };
    await expectFailure({ SMTP_URL: `smtp://127.0.0.1:${port}` }, 'mail', /refuses the account: .*554/, 'SMTP_URL');
    refusing.close();
  });
});

test('a replica that is none, or out of reach, is only to look at', async () => {
  const none = await ask({ DATABASE_REPLICA_URL: service.databaseUrl });
  expect(none.stdout).toMatch(/^warn .* is no standby: nothing is read from it\./m);
  const away = await ask({ DATABASE_REPLICA_URL: 'postgres://127.0.0.1:1/agizo' });
  expect(away.stdout).toMatch(/^warn .* Lists are read from the primary\./m);
  expectHonest(away);
});

test('what is only to look at is no failure', async () => {
  const ended = await ask({ PUBLIC_URL: 'http://127.0.0.1:1', OIDC_ISSUER: `${service.url}/` });
  const { stdout } = ended;
  expect(stdout).toContain("warn  public url  http://127.0.0.1:1 doesn't answer.");
  expect(failuresIn(stdout)).toEqual([]);
  expectHonest(ended);
});

test('in production a PUBLIC_URL that nobody else can reach is one', async () => {
  const { exitCode, stdout } = await ask({
    NODE_ENV: 'production',
    PUBLIC_URL: 'http://localhost:8000',
    OIDC_ISSUER: `${service.url}/`,
    AUTH0_IDENTIFIER: 'https://agizo.test/api',
    AFRICA_TALKING_API_USERNAME: 'sandbox',
    AFRICA_TALKING_API_KEY: 'agizo',
    AFRICA_TALKING_SHORTCODE: '22384',
    AFRICA_TALKING_CALLBACK_TOKEN: 'a-token-of-the-test',
    AFRICA_TALKING_BASE_URL: `${service.url}/sandbox/africas-talking`,
    EMAIL_FROM: 'shop@shop.test',
    ADMIN_EMAILS: 'shop@shop.test',
  });
  expect(stdout).toContain('FAIL  public url  PUBLIC_URL is http://localhost:8000, where nobody else can reach it.');
  expect(exitCode).toBe(1);
});
