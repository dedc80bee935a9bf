// Owns the facts about the log: what is in it, and what never is.

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLogger, withoutSecrets } from '../../src/platform/log.ts';
import { agizo } from '../support/agizo.ts';
import { createLauncher, type Launcher, type ServiceProcess } from '../support/process.ts';
import { createEmptyDatabase, createTestDatabase, eventually } from '../support/service.ts';

test.each([
  ['a phone number', 'to +254712345678 now', 'to +254…78 now'],
  ['a number in JSON', '{"to":"+255754000111"}', '{"to":"+255…11"}'],
  ['a token', 'Bearer eyJhbGciOiJSUzI1NiIs.eyJpc3MiOiJodHRw.c2lnbmF0dXJl!', 'Bearer [token]!'],
  [
    'nothing of a time or an amount',
    '2026-02-14T12:15:01+03:00 KES 12345678 +5',
    '2026-02-14T12:15:01+03:00 KES 12345678 +5',
  ],
])('%s is not said whole', (_what, text, said) => {
  expect(withoutSecrets(text)).toBe(said);
});

test('what a database error quotes of a row is hidden', () => {
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line) => void lines.push(line) });
  const error = Object.assign(new Error('duplicate key'), {
    detail: 'Key (email)=(juma@shop.test) already exists.',
    code: '23505',
  });
  logger.error({ err: error }, 'failed');
  expect(lines.join('')).not.toContain('juma@shop.test');
  expect(JSON.parse(lines[0] ?? '').err).toMatchObject({ message: 'duplicate key', code: '23505', detail: '[hidden]' });
});

describe('a fault that comes again and again', () => {
  const lines: string[] = [];
  let nowMs = 0;
  const logger = createLogger('info', { write: (line) => void lines.push(line) }, () => nowMs);
  const said = () => lines.splice(0).map((line) => JSON.parse(line));
  const away = (port: number) =>
    Object.assign(new Error(`connect ECONNREFUSED 127.0.0.1:${port}`), { code: 'ECONNREFUSED' });

  test('is said once in ten seconds, and then how often it came', () => {
    for (let count = 0; count < 160; count += 1) logger.error({ err: away(40_000 + count) }, 'background work failed');
    expect(said()).toMatchObject([{ msg: 'background work failed', err: { code: 'ECONNREFUSED' } }]);
    nowMs += 10_000;
    logger.error({ err: away(1) }, 'background work failed');
    expect(said()).toMatchObject([{ repeated: 159 }]);
  });

  test('is said each time of each thing that it is about, without the stack', () => {
    nowMs += 10_000;
    for (const id of ['a', 'b']) logger.error({ err: away(2), request_id: id }, 'request failed');
    const [first, second] = said();
    expect(first).toMatchObject({ request_id: 'a', err: { stack: expect.any(String) } });
    expect(second).toMatchObject({ request_id: 'b', reason: 'connect ECONNREFUSED 127.0.0.1:2' });
    expect(second).not.toHaveProperty('err');
  });

  test('does not hide another', () => {
    nowMs += 10_000;
    logger.error({ err: away(3) }, 'background work failed');
    logger.error({ err: new Error('relation is not there') }, 'background work failed');
    logger.error('in words');
    logger.error({ channel: 'sms' }, 'the channel is paused');
    expect(said()).toHaveLength(4);
  });
});

describe('of a whole run', () => {
  const phones = ['+254712345678', '+254798765432'];
  const mug = '11eb1775-893b-453d-a92a-529627c29b0a';
  let launcher: Launcher;
  let service: ServiceProcess;
  let client: pg.Client;
  let databaseUrl: string;

  beforeAll(async () => {
    launcher = createLauncher();
    databaseUrl = await createTestDatabase();
    client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await launcher.clean();
  });

  test('it holds faults with their request and order, at the finest level too, and no phone, token or password', async () => {
    service = await launcher.launch({ DATABASE_URL: databaseUrl, LOG_LEVEL: 'trace' });
    await service.ready();
    const tokens = await Promise.all(
      ['wanjiku', 'staff'].map(async (user) =>
        (await agizo(['token', user], { PORT: String(service.port) })).stdout.trim(),
      ),
    );
    const place = (phone: string) =>
      fetch(`${service.url}/api/v1/orders/`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${tokens[0]}`,
          'content-type': 'application/json',
          'x-request-id': `about-${phone.slice(-3)}`,
        },
        body: JSON.stringify({ items: [{ product: mug, quantity: 1 }], phone_number: phone }),
      });
    const orderId = ((await (await place(phones[0] as string)).json()) as { id: string }).id;

    // A fault in a request that names the row, and one in the job that follows from an order.
    await client.query(`alter table customers add constraint refuses check (phone_number <> '${phones[1]}')`);
    expect((await place(phones[1] as string)).status).toBe(500);
    await client.query('alter table customers drop constraint refuses');
    await client.query('alter table messages rename to hidden_messages');
    const order = (await (await place(phones[1] as string)).json()) as { id: string };
    await eventually('the job’s fault is in the log', () =>
      service.output().includes('a job failed and will be tried again'),
    );
    await client.query('alter table hidden_messages rename to messages');
    await fetch(`${service.url}/api/v1/orders/${orderId}/?token=${tokens[1]}`, {
      headers: { authorization: `Bearer ${tokens[1]}` },
    });

    await service.interrupt();
    const log = service.output();
    expect(log).toMatch(/error request failed .*"request_id":"about-432"/);
    expect(log).toContain(order.id);
    for (const secret of [...phones, ...phones.map((phone) => phone.slice(1)), ...tokens, 'password=agizo'])
      expect(log).not.toContain(secret);
  });

  test('in production it is JSON lines, and says which migrations were applied', async () => {
    const running = await launcher.launch({
      DATABASE_URL: await createEmptyDatabase(),
      NODE_ENV: 'production',
      ROLE: 'api',
      METRICS_PORT: 'off',
      OIDC_ISSUER: 'http://127.0.0.1:1/',
      AUTH0_IDENTIFIER: 'https://shop.test/',
      AFRICA_TALKING_API_USERNAME: 'shop',
      AFRICA_TALKING_API_KEY: 'key',
      AFRICA_TALKING_SHORTCODE: '22384',
      AFRICA_TALKING_CALLBACK_TOKEN: 'a-token-of-the-test',
      SMTP_URL: 'smtp://127.0.0.1:1',
      EMAIL_FROM: 'shop@shop.test',
      ADMIN_EMAILS: 'shop@shop.test',
    });
    await running.ready();
    await running.interrupt();
    const lines = running
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ msg: 'migration applied', migration: '0001_catalog.sql' }),
        expect.objectContaining({ msg: 'ready', role: 'api', ready_ms: expect.any(Number) }),
      ]),
    );
  });
});
