// Owns a simulated day: people come and go at the service under test, and in the evening the model judges what there is.

import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { createDice, type Dice } from '../support/chance.ts';
import { admins } from '../support/fleet.ts';
import type { StandIns } from '../support/sandbox.ts';
import { createAsker, type Site } from './asking.ts';
import { createCustomer } from './customer.ts';
import { type End, readEnd } from './end.ts';
import { poisoned } from './facts/jobs.ts';
import { createFloor, type Floor, type Person } from './floor.ts';
import { bodyOf, type Call, callsOf, succeeded } from './history.ts';
import { findViolations } from './model.ts';
import { startNetwork } from './network.ts';
import { createStaff } from './staff.ts';

export interface DayOptions {
  site: Site;
  world: StandIns;
  seed: number;
  /** How many placements are asked for. */
  orders: number;
  customers: number;
  staff: number;
  /** Whether answers may be lost: then nobody asks what can't be asked again. */
  isStormy: boolean;
  /** What happens to the service meanwhile; the day lasts at least as long. */
  meanwhile?: (floor: Floor) => Promise<void>;
  /** What happens when they have gone, while messages still go out. */
  evening?: (database: pg.Client) => Promise<void>;
  /** Does not wait for what waits for its time: another try, or the lease of a worker that is gone. */
  isImpatient: boolean;
  log?: (line: string) => void;
}

export interface Day {
  calls: readonly Call[];
  end: End;
  violations: ReturnType<typeof findViolations>;
}

export async function liveThroughDay(options: DayOptions): Promise<Day> {
  const { site, world, seed, log = () => undefined } = options;
  const categoryId = await makeCategory(site);
  const asker = createAsker({ site, categoryId, timeoutMs: 20_000, patienceMs: 120_000 });
  const dice = createDice(seed);
  let isTime = false;
  const floor = createFloor(asker, !options.isStormy, () => isTime && floor.asked >= options.orders);
  const network = startNetwork(world, asker, createDice(seed + 1));
  const phones: string[] = [];
  const customers = Array.from({ length: options.customers }, (_, index) => {
    const customer = createCustomer(floor, index, createDice(seed + 100 + index));
    phones.push(customer.phone);
    return customer;
  });
  const staff = Array.from({ length: options.staff }, (_, index) =>
    createStaff(floor, index, phones, createDice(seed + 10 + index)),
  );
  await stockUp(floor, dice);

  const working = Promise.all([...customers, ...staff].map((person) => work(floor, person)));
  await options.meanwhile?.(floor);
  isTime = true;
  await working;
  log(`${floor.asked} placements were asked for, in ${asker.calls.length} calls`);
  await askAgain(floor, dice);

  const database = new pg.Client({ connectionString: site.databaseUrl });
  await database.connect();
  try {
    await options.evening?.(database);
    await settle(database, options);
    log('all is sent');
    await network.end();
    log('all is called back');
    await settle(database, options);
    log('all is done');
    const end = await readEnd({
      database,
      get: (path) => getAsStaff(site, path),
      texts: (await inbox<End['texts'][number] & { from: string }>(world, 'messages')).filter(
        ({ from }) => !from.startsWith('+'),
      ),
      emails: await inbox(world, 'emails'),
      admins,
      maxShown: 1_000,
      categoryId,
    });
    return { calls: asker.calls, end, violations: findViolations({ calls: asker.calls, end }) };
  } finally {
    await database.end();
  }
}

async function work(floor: Floor, { act, dice }: Person): Promise<void> {
  while (!floor.isOver()) {
    await act();
    await delay(dice.below(15));
  }
}

async function makeCategory(site: Site): Promise<string> {
  const response = await fetch(`${site.urls[0]}/api/v1/categories/`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await site.tokenFor('staff')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'Simulated' }),
  });
  return ((await response.json()) as { id: string }).id;
}

/** Some sell out again and again, some never. */
async function stockUp(floor: Floor, dice: Dice): Promise<void> {
  for (const stock of [5, 10, 30, 100_000, 100_000, 100_000, 100_000, null]) {
    floor.prices += 1;
    const asked = {
      kind: 'add-product',
      key: `first-${floor.prices}`,
      name: `Mug ${floor.prices}`,
      price: floor.prices / 4,
      stock,
    } as const;
    const call = await floor.asker.ask('staff-0', asked, dice);
    floor.products.push(bodyOf<{ id: string }>(call).id);
  }
}

/** Whoever was left without a sure answer asks once more, now that all is well. */
async function askAgain(floor: Floor, dice: Dice): Promise<void> {
  const { asker } = floor;
  const unsure = callsOf(asker.calls, 'place', 'add-product').filter((call) => call.lost > 0 && !succeeded(call));
  for (const { client, asked } of unsure) await asker.ask(client, asked, dice);
}

async function getAsStaff<T>(site: Site, path: string): Promise<T> {
  const token = await site.tokenFor('staff');
  const response = await fetch(`${site.urls[0]}${path}`, { headers: { authorization: `Bearer ${token}` } });
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

const inbox = async <T>(world: StandIns, what: 'messages' | 'emails'): Promise<T[]> =>
  (await (await world.get(`/sandbox/${what}`)).json()) as T[];

/** Nothing is left to do, or nothing more is done. */
const standstillMs = 120_000;

async function settle(database: pg.Client, { isImpatient }: DayOptions): Promise<void> {
  let [least, sinceMs] = [Number.POSITIVE_INFINITY, performance.now()];
  for (;;) {
    if (isImpatient) await hasten(database);
    const { rows } = await database.query<{ left: number }>(
      `select (select count(*) from jobs where failed_at is null and not payload ? $1)::int
        + (select count(*) from messages where status in ('queued', 'sending'))::int
        + (select count(*) from unmatched_reports where exists (
            select from message_attempts where message_attempts.provider_id = unmatched_reports.provider_id))::int as left`,
      [poisoned],
    );
    const left = rows[0]?.left ?? 0;
    if (left === 0) return;
    if (left < least) [least, sinceMs] = [left, performance.now()];
    if (performance.now() - sinceMs > standstillMs)
      throw new Error(`${left} jobs, messages and reports are left undone`);
    await delay(isImpatient ? 20 : 200);
  }
}

/** What waits for its time is due now. What a worker that is gone was sending waits for its lease: a moment is left to those who live. */
async function hasten(database: pg.Client): Promise<void> {
  await database.query(
    `update jobs set run_at = now() where failed_at is null and run_at > now() and not payload ? $1`,
    [poisoned],
  );
  await database.query(
    `update messages set due_at = now() where (status = 'queued' and due_at > now())
      or (status = 'sending' and updated_at < now() - interval '3 seconds')`,
  );
}
