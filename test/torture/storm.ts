// Owns what a torture run does harm to: a PostgreSQL, the way to it, processes of the service, and the world that they are in.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type LocalPostgres, startLocalPostgres } from '../../src/local-database/local-postgres.ts';
import type { Site } from '../simulation/asking.ts';
import { seededRandom } from '../support/chance.ts';
import { type FaultyGateway, startFaultyGateway } from '../support/faulty-gateway.ts';
import { callbacks, type Fleet, startFleet } from '../support/fleet.ts';
import { type Forwarder, startForwarder } from '../support/forwarder.ts';
import { killPostgres, postgresOf } from '../support/process.ts';
import { type StandIns, startStandIns } from '../support/sandbox.ts';

export interface Ground {
  postgres: LocalPostgres;
  /** The folder of its data. */
  folder: string;
  /** Whether the folder is a disk of its own, small enough to be filled. */
  isSmallDisk: boolean;
  /** As when its machine loses power; it is back when this resolves. */
  killPostgres(): Promise<void>;
  /** After it ended by itself, for want of room. Keeps trying until there is room again. */
  revivePostgres(): Promise<void>;
  /** Ends the round's database, and begins another. @returns its URL */
  newDatabase(): Promise<string>;
  stop(): Promise<void>;
}

const diskSize = '1500m';

/** @param wantsSmallDisk which takes root, who may mount one */
export async function prepareGround(wantsSmallDisk: boolean): Promise<Ground> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'agizo-torture-'));
  const mounted =
    wantsSmallDisk && spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${diskSize}`, 'tmpfs', folder]).status === 0;
  let databases = 0;
  const ground: Ground = {
    postgres: await startLocalPostgres(folder, { max_wal_size: '256MB', max_connections: '200' }),
    folder,
    isSmallDisk: mounted,
    async killPostgres() {
      killPostgres(postgresOf(folder));
      await ground.postgres.ended;
      await ground.revivePostgres();
    },
    async revivePostgres() {
      for (let triesLeft = 20; ; triesLeft -= 1) {
        try {
          ground.postgres = await ground.postgres.startAgain();
          return;
        } catch (error) {
          if (triesLeft === 0) throw error;
          await delay(200);
        }
      }
    },
    async newDatabase() {
      databases += 1;
      const client = new pg.Client({ connectionString: ground.postgres.url });
      await client.connect();
      if (databases > 1) await client.query(`drop database torture_${databases - 1} with (force)`);
      await client.query(`create database torture_${databases}`);
      await client.end();
      const url = new URL(ground.postgres.url);
      url.pathname = `/torture_${databases}`;
      return url.href;
    },
    async stop() {
      await ground.postgres.stop();
      if (mounted) spawnSync('umount', [folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return ground;
}

/** One round's database, with the service on it and a world of its own. */
export interface Storm {
  ground: Ground;
  way: Forwarder;
  world: StandIns;
  gateway: FaultyGateway;
  fleet: Fleet;
  site: Site;
  /** Not by the way that is harmed. */
  databaseUrl: string;
  stop(): Promise<void>;
}

/** Of what the gateway is asked, so much goes wrong all the time. */
const badLuck = 0.05;

export async function openStorm(ground: Ground, seed: number, apis: number, workers: number): Promise<Storm> {
  const databaseUrl = await ground.newDatabase();
  const way = await startForwarder(Number(new URL(databaseUrl).port));
  const world = await startStandIns({ keep: 1_000_000 });
  const gateway = await startFaultyGateway(`${world.url}/sandbox/africas-talking`, badLuck, seededRandom(seed), 0.1);
  const environment = { AFRICA_TALKING_BASE_URL: gateway.url };
  const fleet = await startFleet({ databaseUrl: way.through(databaseUrl), apis, workers, environment, world });
  return {
    ground,
    way,
    world,
    gateway,
    fleet,
    databaseUrl,
    site: { urls: fleet.apis.map(({ url }) => url), callbacks, databaseUrl, tokenFor: fleet.tokenFor },
    async stop() {
      await fleet.stop();
      await gateway.stop();
      await world.stop();
      await way.stop();
    },
  };
}

/** Ends what may still be wrong with the world, so that all can come to its end. */
export async function calm({ world, gateway }: Storm): Promise<void> {
  gateway.heal();
  await world.send('POST', '/sandbox/faults', { mail: {}, issuer: {}, delivery_reports: {}, sms: {} });
}
