// Owns the facts about a worker that is killed after an SMS has left and before that was written down.

import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createLauncher, type Launcher, type ServiceProcess } from '../support/process.ts';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;
let customer: string;
let product: string;
let launcher: Launcher;

beforeAll(async () => {
  service = await startService({ worker: false });
  shop = await openShop(service);
  customer = await service.tokenFor('wanjiku');
  product = (await shop.makeProduct()).id;
});
afterAll(() => service.stop());

beforeEach(() => {
  launcher = createLauncher();
});
afterEach(async () => {
  await launcher.clean();
  await service.request('DELETE', '/sandbox/faults');
});

/** A worker process; its gateway and mail server are those of the service under test. */
const launchWorker = (environment: Record<string, string> = {}) =>
  launcher.launch({
    ...environment,
    ROLE: 'worker',
    DATABASE_URL: service.databaseUrl,
    PUBLIC_URL: service.url,
    SMTP_URL: service.sandbox.smtpUrl,
  });

async function textsTo(phone: string): Promise<number> {
  const { body } = await service.request('GET', `/sandbox/messages?phone=${encodeURIComponent(phone)}`);
  return body.length;
}

interface Ledger {
  id: string;
  status: string;
  ambiguous: boolean;
  outcomes: (string | null)[];
}

async function ledgerOf(order: string): Promise<Ledger | undefined> {
  const { rows } = await sql<Ledger>`
    select id, status, ambiguous, array(select outcome from message_attempts where message_id = messages.id order by attempt) as outcomes
    from messages where order_id = ${order} and channel = 'sms'`.execute(service.db);
  return rows[0];
}

/** The gateway takes the message and never answers, which leaves all the time there is to kill who sent it. */
const answerNever = () => service.request('POST', '/sandbox/faults', { body: { sms: { timeout: 'sent' } } });

async function killWhenSent(worker: ServiceProcess, phone: string, texts: number): Promise<void> {
  await eventually(`${texts} texts`, async () => (await textsTo(phone)) === texts, 15_000);
  worker.child.kill('SIGKILL');
  await worker.ended;
}

/** What a minute does: the dead worker's hold on the message ends. */
const endLease = (id: string) => sql`update messages set due_at = now() where id = ${id}`.execute(service.db);

test('killed once, the customer gets the SMS twice at most, and the ledger says that nobody could know', async () => {
  const phone = '+254700000001';
  await answerNever();
  const order = (await shop.place(customer, [[product, 1]], { phone })).body.id;
  await killWhenSent(await launchWorker(), phone, 1);
  const left = await ledgerOf(order);
  expect(left).toMatchObject({ status: 'sending', outcomes: [null] });

  await service.request('DELETE', '/sandbox/faults');
  await endLease(left?.id ?? '');
  await launchWorker();
  const sent = await eventually('it is sent', async () => {
    const ledger = await ledgerOf(order);
    return ledger?.status !== 'sending' && ledger?.status !== 'queued' && ledger;
  });
  expect(['sent', 'delivered']).toContain(sent.status);
  expect(sent).toMatchObject({ ambiguous: true, outcomes: [null, 'accepted'] });
  expect(await textsTo(phone)).toBe(2);
});

test('killed twice, nothing is sent a third time', async () => {
  const phone = '+254700000002';
  await answerNever();
  const order = (await shop.place(customer, [[product, 1]], { phone })).body.id;
  for (const texts of [1, 2]) {
    await killWhenSent(await launchWorker(), phone, texts);
    await endLease((await ledgerOf(order))?.id ?? '');
  }
  await launchWorker();
  const failed = await eventually('it is given up', async () => {
    const ledger = await ledgerOf(order);
    return ledger?.status === 'failed' && ledger;
  });
  expect(failed.outcomes).toEqual([null, null, 'ambiguous']);
  expect(await textsTo(phone)).toBe(2);
});

test.each([90, -90])('a worker whose clock is %i s off holds a message as long as any other', async (seconds) => {
  const phone = `+2547000001${seconds + 100}`.slice(0, 13);
  await answerNever();
  const order = (await shop.place(customer, [[product, 1]], { phone })).body.id;
  const shifted = `
    const Real = Date;
    globalThis.Date = class extends Real {
      constructor(...given) {
        super(...(given.length > 0 ? given : [Real.now() + ${seconds * 1_000}]));
      }
      static now() {
        return Real.now() + ${seconds * 1_000};
      }
    };`;
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(shifted)}`;
  const worker = await launchWorker({ NODE_OPTIONS });
  await eventually('the text', async () => (await textsTo(phone)) === 1, 15_000);
  const { rows } = await sql<{ lease: number; begun: number }>`
    select extract(epoch from due_at - clock_timestamp())::float8 as lease,
      extract(epoch from clock_timestamp() - started_at)::float8 as begun
    from messages join message_attempts on message_id = messages.id where order_id = ${order} and channel = 'sms'`.execute(
    service.db,
  );
  expect(rows).toHaveLength(1);
  expect(rows[0]?.lease).toBeGreaterThan(40);
  expect(rows[0]?.lease).toBeLessThanOrEqual(60.1);
  expect(rows[0]?.begun).toBeGreaterThanOrEqual(-0.1);
  expect(rows[0]?.begun).toBeLessThan(20);
  worker.child.kill('SIGKILL');
  await worker.ended;
});
