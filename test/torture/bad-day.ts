// Owns a bad day for messages: orders are placed and moved on while the gateway fails, the mail server restarts and workers are killed.

import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { OrderStatus } from '../../src/orders/order.ts';
import { seededRandom } from '../support/chance.ts';
import { startFaultyGateway } from '../support/faulty-gateway.ts';
import { createLauncher, type ServiceProcess } from '../support/process.ts';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop } from '../support/shop.ts';
import { admins, checkEnd, type Placed } from './bad-day-end.ts';

export interface BadDay {
  databaseUrl: string;
  seed: number;
  orders: number;
  workers: number;
  /** Between two deaths of a worker, on average. */
  killEveryMs: number;
  /** Between two restarts of the mail server. */
  mailRestartEveryMs: number;
  /**
   * Leases, waits before another try and the minute of a digest are cut short, so that a short day shows what a long one
   * does. Needs a single worker: a lease is only cut short when its holder is dead.
   */
  impatient: boolean;
  timeoutMs: number;
  log: (line: string) => void;
}

export interface Counts {
  seed: number;
  orders: number;
  kills: number;
  mailRestarts: number;
  gateway: Record<string, number>;
  /** Order statuses that a customer is to be told of. */
  statuses: number;
  /** SMS in the ledger by status; `ambiguous` ones counted apart. */
  sms: Record<string, number>;
  smsReceived: number;
  /** Received twice, all of them marked ambiguous. */
  smsTwice: number;
  /** Never received, although tried twice: failed, and marked ambiguous. */
  smsNever: number;
  emails: number;
  digests: number;
  emailsTwice: number;
  /** What is not as it should be, in words; empty on a good end. */
  wrong: string[];
}

const share = 0.3;
const concurrency = 16;

/** What becomes of an order, by how far its dice carry it. */
const lives: OrderStatus[][] = [
  [],
  ['confirmed'],
  ['confirmed', 'dispatched'],
  ['confirmed', 'dispatched', 'completed'],
  ['cancelled'],
  ['confirmed', 'cancelled'],
];

export async function liveThroughBadDay(day: BadDay): Promise<Counts> {
  const random = seededRandom(day.seed);
  const service = await startService({
    worker: false,
    sharing: day,
    keep: day.orders * 10 + 1_000,
    environment: { ADMIN_EMAILS: admins.join(', ') },
  });
  const gateway = await startFaultyGateway(`${service.url}/sandbox/africas-talking`, share, seededRandom(day.seed + 1));
  const launcher = createLauncher();
  const workers = createWorkers(day, service, gateway.url, launcher, random);
  const mail = createMailRestarts(day, service);
  try {
    await workers.start();
    const placed = await placeAndMove(day, service, random);
    day.log(`${placed.length} orders are placed and moved on; ${workers.kills()} workers killed so far`);
    await untilSettled(day, service);
    await Promise.all([workers.stop(), mail.stop()]);
    const counts = { seed: day.seed, orders: placed.length, kills: workers.kills(), mailRestarts: mail.restarts() };
    return { ...counts, gateway: gateway.counts, ...(await checkEnd(service, placed)) };
  } finally {
    await Promise.all([workers.stop(), mail.stop()]);
    await launcher.clean();
    await gateway.stop();
    await service.stop();
  }
}

function createWorkers(
  day: BadDay,
  service: Service,
  gatewayUrl: string,
  launcher: ReturnType<typeof createLauncher>,
  random: () => number,
) {
  const { sms } = service.config;
  const environment = {
    ROLE: 'worker',
    LOG_LEVEL: 'error',
    DATABASE_URL: day.databaseUrl,
    PUBLIC_URL: service.url,
    AFRICA_TALKING_BASE_URL: gatewayUrl,
    AFRICA_TALKING_API_USERNAME: sms.username,
    AFRICA_TALKING_API_KEY: sms.apiKey,
    SMTP_URL: service.sandbox.smtpUrl,
    ADMIN_EMAILS: admins.join(','),
    SMS_QUIET_HOURS: 'none',
  };
  let kills = 0;
  const alive: ServiceProcess[] = [];

  async function launch(): Promise<void> {
    const worker = await launcher.launch(environment);
    alive.push(worker);
    await worker.ready();
  }

  async function killOne(): Promise<void> {
    const [victim] = alive.splice(Math.floor(random() * alive.length), 1);
    victim?.child.kill('SIGKILL');
    await victim?.ended;
    kills += 1;
    if (day.impatient) {
      await sql`update messages set due_at = now() where status = 'sending'`.execute(service.db);
    }
  }

  const killing = new AbortController();
  let loop: Promise<void> | undefined;
  async function keepKilling(): Promise<void> {
    while (!killing.signal.aborted) {
      const waited = delay(day.killEveryMs * (0.5 + random()), undefined, { signal: killing.signal });
      if (
        await waited.then(
          () => false,
          () => true,
        )
      )
        return;
      await killOne();
      await launch();
    }
  }

  return {
    kills: () => kills,
    async start() {
      for (let count = 0; count < day.workers; count += 1) await launch();
      loop = keepKilling();
    },
    async stop() {
      killing.abort();
      await loop;
    },
  };
}

/** It drops its connections and takes no new ones for a second. */
function createMailRestarts(day: BadDay, service: Service) {
  const over = new AbortController();
  let restarts = 0;
  const pause = (ms: number) => delay(ms, undefined, { signal: over.signal }).catch(() => undefined);
  const restart = async (isDown: boolean) =>
    void (await service.request('POST', '/sandbox/faults', {
      body: { mail: isDown ? { refuse_connections: true } : {} },
    }));
  async function keepRestarting(): Promise<void> {
    while (!over.signal.aborted) {
      await pause(day.mailRestartEveryMs);
      if (over.signal.aborted) return;
      await restart(true);
      await pause(1_000);
      await restart(false);
      restarts += 1;
    }
  }
  const loop = keepRestarting();
  return {
    restarts: () => restarts,
    async stop() {
      over.abort();
      await loop;
    },
  };
}

async function placeAndMove(day: BadDay, service: Service, random: () => number): Promise<Placed[]> {
  const shop = await openShop(service);
  const product = (await shop.makeProduct({ name: 'Mug' })).id;
  const customers = await Promise.all(Array.from({ length: concurrency }, (_, index) => service.tokenFor(`u${index}`)));
  const placed: Placed[] = [];
  const plans = Array.from({ length: day.orders }, (_, index) => ({
    phone: `+2547${String(index).padStart(8, '0')}`,
    life: lives[Math.floor(random() * lives.length)] as OrderStatus[],
  }));
  const work = async (customer: string) => {
    for (let plan = plans.pop(); plan; plan = plans.pop()) {
      const { phone, life } = plan;
      const { status, body } = await shop.place(customer, [[product, 1]], { phone, key: phone });
      if (status !== 201) throw new Error(`an order was refused: ${JSON.stringify(body)}`);
      for (const next of life) {
        const moved = await service.request('PATCH', `/api/v1/orders/${body.id}/`, {
          token: shop.staff,
          body: { status: next },
        });
        if (moved.status !== 200) throw new Error(`an order was not moved: ${JSON.stringify(moved.body)}`);
      }
      placed.push({ id: body.id, code: body.code, phone, statuses: ['pending', ...life] });
    }
  };
  await Promise.all(customers.map(work));
  return placed;
}

async function untilSettled(day: BadDay, service: Service): Promise<void> {
  let loggedMs = performance.now();
  await eventually(
    'every message to be settled',
    async () => {
      if (day.impatient) {
        await sql`update messages set due_at = now() where status = 'queued' and due_at > now()`.execute(service.db);
      }
      const { rows } = await sql<{ unsent: number; jobs: number; unreported: number }>`
        select (select count(*)::int from messages where status in ('queued', 'sending')) as unsent,
          (select count(*)::int from jobs) as jobs,
          (select count(*)::int from messages where channel = 'sms' and status = 'sent' and exists (
            select from message_attempts where message_id = messages.id and provider_id is not null)) as unreported
        `.execute(service.db);
      const [left] = rows;
      if (performance.now() - loggedMs > 10_000) {
        loggedMs = performance.now();
        day.log(`${left?.jobs} jobs, ${left?.unsent} messages and ${left?.unreported} delivery reports to go`);
      }
      await delay(200);
      return left?.unsent === 0 && left.jobs === 0 && left.unreported === 0;
    },
    day.timeoutMs,
  );
}
