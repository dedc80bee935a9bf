// Owns the service under test of a simulation: several of it in this process, on one database and in one world.

import { readConfig } from '../../src/config.ts';
import { freePort } from '../../src/local-database/local-postgres.ts';
import { createIds } from '../../src/platform/ids.ts';
import { createLogger } from '../../src/platform/log.ts';
import { openPools, startService, stopService } from '../../src/service.ts';
import { seededRandom } from '../support/chance.ts';
import { startFaultyGateway } from '../support/faulty-gateway.ts';
import { callbacks, settingsIn, signIn } from '../support/fleet.ts';
import { type StandIns, startStandIns } from '../support/sandbox.ts';
import type { Site } from './asking.ts';

export interface OpenSite extends Site {
  world: StandIns;
  stop(): Promise<void>;
}

/** The first does the background work too. Now and then the gateway answers only after it has reported. */
export async function openSite(databaseUrl: string, services: number, seed: number): Promise<OpenSite> {
  const world = await startStandIns({ keep: 1_000_000 });
  await world.send('POST', '/sandbox/faults', {
    delivery_reports: { statuses: ['Sent', 'AbsentSubscriber'], share: 0.05, seed },
  });
  const gateway = await startFaultyGateway(`${world.url}/sandbox/africas-talking`, 0, seededRandom(seed), 0.1);
  const environment = { ...settingsIn(world, databaseUrl), AFRICA_TALKING_BASE_URL: gateway.url };
  const running = await Promise.all(
    Array.from({ length: services }, (_, index) => startOne({ ...environment, ROLE: index === 0 ? 'all' : 'api' })),
  );
  return {
    urls: running.map(({ url }) => url),
    callbacks,
    databaseUrl,
    world,
    tokenFor: (name) => signIn(world, name),
    async stop() {
      await Promise.all(running.map((each) => each.stop()));
      await gateway.stop();
      await world.stop();
    },
  };
}

async function startOne(environment: Record<string, string>): Promise<{ url: string; stop(): Promise<void> }> {
  const port = await freePort();
  const config = readConfig({ ...environment, PORT: String(port) });
  const parts = {
    config,
    databaseUrl: config.databaseUrl ?? '',
    clock: () => new Date(),
    nowMs: () => performance.now(),
    newId: createIds(),
    logger: createLogger('silent'),
    stopping: new AbortController().signal,
  };
  const pools = openPools(parts);
  const service = await startService(parts, pools);
  await service.app?.listen({ port, host: '127.0.0.1' });
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      await stopService(service, async (app) => {
        app.server.closeAllConnections();
        await app.close();
      });
      await pools.close();
    },
  };
}
