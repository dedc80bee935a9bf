// Owns a torture run: days of orders, one after the other, while things go wrong at random, each judged by the model.

import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { liveThroughDay } from '../simulation/day.ts';
import { poisoned } from '../simulation/facts/jobs.ts';
import type { Floor } from '../simulation/floor.ts';
import { tell } from '../simulation/telling.ts';
import { createDice, type Dice } from '../support/chance.ts';
import { type Fault, faults } from './faults.ts';
import { calm, type Ground, openStorm, type Storm } from './storm.ts';

export interface TortureOptions {
  seed: number;
  ground: Ground;
  apis: number;
  workers: number;
  customers: number;
  staff: number;
  /** A day ends after so many orders were asked for, or when it is time. */
  ordersADay: number;
  /** The run ends with the day in which this is true. */
  isOver: (orders: number) => boolean;
  /** These faults, each once a day, in any order; all, by their weights and without end, unless given. */
  only?: readonly string[];
  /** How long faults hold that hold, at most, and how long nothing happens after one, at most. */
  holdMs: number;
  pauseMs: number;
  isImpatient: boolean;
  /** How many workers are killed in the evening, while they send. */
  eveningKills: number;
  log: (line: string) => void;
}

interface Struck {
  name: string;
  /** From when it was made good until orders were placed again and every process was ready; undefined for one outside. */
  recoveredMs: number | undefined;
}

export interface Figures {
  days: number;
  /** Acknowledged. */
  orders: number;
  calls: number;
  /** Tries without an answer, or with 503; all were made again. */
  lost: number;
  messages: number;
  /** Messages that may have come twice, and are marked so. */
  ambiguous: number;
  struck: Struck[];
  /** What was wrong, with its part of the history; empty after a good run. */
  violations: string[];
}

const recoveryMs = 90_000;

export async function torture(options: TortureOptions): Promise<Figures> {
  const figures: Figures = {
    days: 0,
    orders: 0,
    calls: 0,
    lost: 0,
    messages: 0,
    ambiguous: 0,
    struck: [],
    violations: [],
  };
  const { ground, log } = options;
  do {
    const seed = options.seed + 1_000 * figures.days;
    const storm = await openStorm(ground, seed, options.apis, options.workers);
    try {
      const day = await liveThroughDay({
        site: storm.site,
        world: storm.world,
        seed,
        orders: 0,
        customers: options.customers,
        staff: options.staff,
        isStormy: true,
        isImpatient: options.isImpatient,
        meanwhile: async (floor) => {
          await rage(storm, floor, { ...options, seed }, figures);
          await calm(storm);
        },
        evening: async (database) => {
          await harryWorkers(storm, database, options, figures);
          await calm(storm);
        },
        log,
      });
      figures.days += 1;
      figures.orders += day.end.orders.length;
      figures.calls += day.calls.length;
      for (const { lost } of day.calls) figures.lost += lost;
      figures.messages += day.end.messages.length;
      figures.ambiguous += day.end.messages.filter(({ ambiguous }) => ambiguous).length;
      if (day.violations.length > 0) figures.violations.push(tell(day, seed));
    } finally {
      await storm.stop();
    }
    log(
      `day ${figures.days}: ${figures.orders} orders so far, ${figures.struck.length} faults, ${figures.violations.length} days with violations`,
    );
  } while (!options.isOver(figures.orders));
  return figures;
}

/** One after the other at home, and one after the other outside, until the day is over. */
async function rage(storm: Storm, floor: Floor, options: TortureOptions, figures: Figures): Promise<void> {
  const before = figures.orders;
  const isOver = () => floor.asked >= options.ordersADay || options.isOver(before + floor.orders.length);
  const [atHome, outside] = [faults.filter((fault) => !fault.isOutside), faults.filter((fault) => fault.isOutside)];
  await Promise.all([strikeOn(atHome, createDice(options.seed + 3)), strikeOn(outside, createDice(options.seed + 4))]);

  async function strikeOn(choice: readonly Fault[], dice: Dice): Promise<void> {
    const left = options.only === undefined ? undefined : choice.filter(({ name }) => options.only?.includes(name));
    const goesOn = () => (left === undefined ? !isOver() : left.length > 0);
    while (goesOn()) {
      await delay(options.pauseMs * (0.3 + (0.7 * dice.below(100)) / 100));
      const fault = left?.splice(dice.below(left.length), 1)[0] ?? byWeight(choice, dice);
      const struck = await strike(storm, floor, fault, dice, options);
      if (typeof struck === 'string') figures.violations.push(`seed ${options.seed}: ${struck}`);
      else figures.struck.push(struck);
    }
  }
}

/** While people order, little is sent. When they have gone, the gateway is slow to answer for what it has sent, and workers are killed. */
async function harryWorkers(
  storm: Storm,
  database: pg.Client,
  options: TortureOptions,
  figures: Figures,
): Promise<void> {
  const { gateway, fleet } = storm;
  gateway.dawdle(0.9);
  for (let kills = 0; kills < options.eveningKills; kills += 1) {
    if (!(await areSending(database))) return;
    // Some of what is on its way has arrived.
    await delay(100);
    await Promise.all(fleet.workers.map((worker) => fleet.killAndReplace(worker)));
    figures.struck.push({ name: 'kill -9 of all workers while they send', recoveredMs: undefined });
  }
}

/** Waits until SMS are on their way; false where there is none left to send. */
async function areSending(database: pg.Client): Promise<boolean> {
  for (;;) {
    const { rows } = await database.query<{ sending: number; left: number }>(
      `select count(*) filter (where status = 'sending' and updated_at > now() - interval '1 second')::int as sending,
        count(*) filter (where status = 'queued')::int + (select count(*) from jobs where failed_at is null and not payload ? $1)::int as left
      from messages where channel = 'sms' and status in ('queued', 'sending')`,
      [poisoned],
    );
    const { sending = 0, left = 0 } = rows[0] ?? {};
    if (sending > 0) return true;
    if (left === 0) return false;
    await delay(20);
  }
}

function byWeight(choice: readonly Fault[], dice: Dice): Fault {
  const name = dice.weighted(Object.fromEntries(choice.map((fault) => [fault.name, fault.weight])));
  return choice.find((fault) => fault.name === name) as Fault;
}

/** @returns in words what is wrong, where orders are not placed again */
async function strike(storm: Storm, floor: Floor, fault: Fault, dice: Dice, { holdMs, log }: TortureOptions) {
  const held = Math.round(holdMs * (0.2 + (0.8 * dice.below(100)) / 100));
  await fault.strike(storm, dice, held);
  if (fault.isOutside) {
    log(fault.name);
    return { name: fault.name, recoveredMs: undefined };
  }
  const healedMs = performance.now();
  while (floor.acknowledgedMs < healedMs || !(await areReady(storm))) {
    if (performance.now() - healedMs > recoveryMs) return `${fault.name}: no order is placed ${recoveryMs} ms after it`;
    await delay(20);
  }
  const recoveredMs = Math.round(performance.now() - healedMs);
  const standIn = fault.standIn?.(storm);
  log(`${fault.name}${standIn === undefined ? '' : ` (by ${standIn})`}: well after ${recoveredMs} ms`);
  return { name: fault.name, recoveredMs };
}

async function areReady({ fleet }: Storm): Promise<boolean> {
  const asked = fleet.apis.map(
    async ({ url }) => (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok,
  );
  return (await Promise.allSettled(asked)).every((each) => each.status === 'fulfilled' && each.value);
}

/** The figures in a few lines. */
export function sumUp({ struck, violations, ...figures }: Figures): string {
  const lines = [...Map.groupBy(struck, ({ name }) => name)].map(([name, all]) => {
    const times = all.flatMap(({ recoveredMs }) => recoveredMs ?? []).toSorted((a, b) => a - b);
    const well =
      times.length === 0 ? '' : `, well again after ${times[times.length >> 1]} ms, at most ${times.at(-1)} ms`;
    return `  ${name}: ${all.length} times${well}`;
  });
  const { days, orders, calls, lost, messages, ambiguous } = figures;
  return [
    `${orders} orders in ${days} days, ${calls} calls, ${lost} tries without an answer, ${messages} messages, ${ambiguous} of them perhaps twice`,
    `${struck.length} faults:`,
    ...lines,
    violations.length === 0 ? 'no violation' : `VIOLATIONS\n${violations.join('\n')}`,
  ].join('\n');
}
