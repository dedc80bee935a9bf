// Owns the faults of a torture run: what each does, for how long, and how it is made good again.

import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { poisoned } from '../simulation/facts/jobs.ts';
import type { Dice } from '../support/chance.ts';
import type { Storm } from './storm.ts';

export interface Fault {
  name: string;
  /** How often, beside the others of its place. */
  weight: number;
  /** Of the world outside, which goes wrong beside whatever goes wrong with us. */
  isOutside?: true;
  /** Resolves when it is made good. @param holdMs how long it lasts, where it lasts */
  strike(storm: Storm, dice: Dice, holdMs: number): Promise<void>;
  /** What it can't do here, and does in its place. */
  standIn?: (storm: Storm) => string | undefined;
}

const anApi = ({ fleet }: Storm, dice: Dice) => dice.oneOf(fleet.apis);
const aWorker = ({ fleet }: Storm, dice: Dice) => dice.oneOf(fleet.workers);

/** The stand-ins misbehave like this, for a while. */
const misbehaving =
  (...choices: Record<string, object>[]): Fault['strike'] =>
  async ({ world }, dice, holdMs) => {
    const faults = dice.oneOf(choices);
    await world.send('POST', '/sandbox/faults', faults);
    await delay(holdMs);
    await world.send('POST', '/sandbox/faults', Object.fromEntries(Object.keys(faults).map((name) => [name, {}])));
  };

const slow = misbehaving({ sms: { delay_ms: 1_500 } }, { sms: { delay_ms: 300, share: 0.5 } });

/** Runs before anything of the service: its clock jumps some seconds after it has started. */
const jumpingClock = (jumpMs: number) => `
  const real = Date.now, start = performance.now();
  const now = () => real() + (performance.now() - start > 2000 ? ${jumpMs} : 0);
  globalThis.Date = class extends Date {
    constructor(...given) { super(...(given.length === 0 ? [now()] : given)); }
    static now() { return now(); }
  };`;

/** Takes all the memory that there is, some seconds after it has started. */
const memoryHog = `
  setTimeout(() => { const kept = []; for (;;) kept.push(new Array(100_000).fill(kept.length)); }, 4000);`;

const preload = (script: string) => `--import=data:text/javascript,${encodeURIComponent(script)}`;

export const faults: readonly Fault[] = [
  {
    name: 'kill -9 of an API process',
    weight: 3,
    strike: (storm, dice) => storm.fleet.killAndReplace(anApi(storm, dice)),
  },
  { name: 'kill -9 of a worker', weight: 3, strike: (storm, dice) => storm.fleet.killAndReplace(aWorker(storm, dice)) },
  { name: 'kill -9 of PostgreSQL', weight: 2, strike: ({ ground }) => ground.killPostgres() },
  {
    name: 'connections to the database cut',
    weight: 3,
    async strike({ way, databaseUrl }, _dice, holdMs) {
      way.pointTo(undefined);
      await delay(holdMs);
      way.pointTo(Number(new URL(databaseUrl).port));
    },
  },
  {
    name: 'connections to the database stalled',
    weight: 3,
    async strike({ way }, _dice, holdMs) {
      const stalled = way.stall();
      await delay(holdMs);
      stalled.end();
    },
  },
  {
    name: 'connections to the database half-open',
    weight: 1,
    async strike({ way }) {
      way.freeze();
    },
  },
  { name: 'disk full', weight: 1, strike: fillDisk, standIn: standInForDisk },
  {
    name: 'a clock that jumps',
    weight: 1,
    async strike(storm, dice, holdMs) {
      const jumpMs = dice.oneOf([-86_400_000, -60_000, 60_000, 7_200_000]);
      const process = dice.hits(0.5) ? anApi(storm, dice) : aWorker(storm, dice);
      await storm.fleet.killAndReplace(process, { NODE_OPTIONS: preload(jumpingClock(jumpMs)) });
      await delay(2_000 + holdMs);
    },
  },
  {
    name: 'out of memory',
    weight: 1,
    async strike(storm, dice) {
      const { fleet } = storm;
      const place = dice.hits(0.5) ? fleet.apis : fleet.workers;
      const at = dice.below(place.length);
      const options = `--max-old-space-size=96 ${preload(memoryHog)}`;
      // It may not even come to serve.
      await fleet.killAndReplace(place[at] as never, { NODE_OPTIONS: options }).catch(() => undefined);
      await place[at]?.ended;
      await fleet.killAndReplace(place[at] as never);
    },
  },
  {
    name: 'the SMS gateway fails and loses answers',
    weight: 2,
    isOutside: true,
    async strike({ gateway }, dice, holdMs) {
      gateway.worsen(0.2 + dice.below(6) / 10);
      await delay(holdMs);
      gateway.worsen(0.05);
    },
  },
  {
    name: 'the SMS gateway is slow',
    weight: 2,
    isOutside: true,
    async strike(storm, dice, holdMs) {
      if (dice.hits(0.3)) return slow(storm, dice, holdMs);
      storm.gateway.dawdle(0.9);
      await delay(holdMs);
      storm.gateway.dawdle(0.1);
    },
  },
  {
    name: 'delivery reports lie or never come',
    weight: 1,
    isOutside: true,
    strike: misbehaving(
      { delivery_reports: { statuses: ['Failed', 'Success'] } },
      { delivery_reports: { statuses: ['Success', 'Sent', 'Failed'] } },
      { delivery_reports: { statuses: [] } },
    ),
  },
  {
    name: 'the mail server refuses, fails or is slow',
    weight: 2,
    isOutside: true,
    strike: misbehaving(
      { mail: { refuse_connections: true } },
      { mail: { reply_code: 451, stage: 'data' } },
      { mail: { reply_code: 421, share: 0.5 } },
      { mail: { delay_ms: 700 } },
    ),
  },
  {
    name: 'the token issuer is down',
    weight: 1,
    isOutside: true,
    strike: misbehaving({ issuer: { status: 503 } }, { issuer: { delay_ms: 5_000 } }),
  },
  {
    name: 'the issuer’s keys are rotated',
    weight: 1,
    isOutside: true,
    strike: misbehaving({ issuer: { rotate: 'graceful' } }, { issuer: { rotate: 'emergency' } }),
  },
  {
    name: 'a poisoned job',
    weight: 1,
    isOutside: true,
    async strike({ databaseUrl }) {
      const insert = `insert into jobs (id, kind, payload, run_at, created_at)
        select gen_random_uuid(), kind, '{"${poisoned}": true}', now(), now()
        from unnest(array['sms-received', 'orders-changed', 'of a later version']) as kind`;
      await insist(() => query(databaseUrl, insert));
    },
  },
];

/** Statement by statement: each lets go of its locks before the next. */
async function query(databaseUrl: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** PostgreSQL may be down at the moment, by another fault. */
async function insist(work: () => Promise<void>): Promise<void> {
  for (let triesLeft = 50; ; triesLeft -= 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (triesLeft === 0) throw error;
      await delay(200);
    }
  }
}

/** To the last byte. PostgreSQL may end itself where its log finds no room, and is started again when there is some. */
async function fillDisk(storm: Storm, _dice: Dice, holdMs: number): Promise<void> {
  const { ground, databaseUrl } = storm;
  if (!ground.isSmallDisk) return refuseRoom(databaseUrl, holdMs);
  const ballast = path.join(ground.folder, 'ballast');
  let hasEnded = false;
  void ground.postgres.ended.then(() => (hasEnded = true));
  const file = openSync(ballast, 'w');
  try {
    fill(file, ground.folder);
    await delay(holdMs);
    fill(file, ground.folder);
    await delay(holdMs);
  } finally {
    closeSync(file);
    rmSync(ballast);
  }
  if (hasEnded) await ground.revivePostgres();
}

function fill(file: number, folder: string): void {
  const block = Buffer.alloc(1 << 20);
  try {
    for (;;) {
      const { bavail, bsize } = statfsSync(folder);
      if (bavail === 0) return;
      writeSync(file, block, 0, Math.min(block.length, bavail * bsize));
    }
  } catch {
    // There is no room any more, which is what was wanted.
  }
}

/** What the database answers when there is none. */
async function refuseRoom(databaseUrl: string, holdMs: number): Promise<void> {
  const tables = ['orders', 'messages'];
  await query(
    databaseUrl,
    `create or replace function no_room() returns trigger language plpgsql as $$
       begin raise exception 'no room' using errcode = '53100'; end $$`,
    ...tables.map((table) => `create trigger no_room before insert on ${table} execute function no_room()`),
  );
  await delay(holdMs);
  await query(databaseUrl, ...tables.map((table) => `drop trigger no_room on ${table}`));
}

function standInForDisk({ ground }: Storm): string | undefined {
  return ground.isSmallDisk ? undefined : 'a trigger that raises 53100: only root may mount a small disk';
}
