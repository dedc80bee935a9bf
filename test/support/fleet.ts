// Owns a fleet under test: API and worker processes on one database, and one outside world for them all.

import { callbacksPath } from '../../src/callbacks/callback-scope.ts';
import { freePort } from '../../src/local-database/local-postgres.ts';
import { migrate, readMigrations } from '../../src/schema/migrations.ts';
import { createLauncher, type ServiceProcess } from './process.ts';
import { audience, type StandIns, sms, startStandIns } from './sandbox.ts';
import { unlimited } from './unlimited.ts';

export interface Fleet {
  world: StandIns;
  apis: ServiceProcess[];
  workers: ServiceProcess[];
  tokenFor: (name: string) => Promise<string>;
  /** As `kill -9` does it. Starts another in its place, on the same port, as whatever runs it would; ready when it resolves. */
  killAndReplace(process: ServiceProcess, environment?: Record<string, string>): Promise<void>;
  stop(): Promise<void>;
}

export interface FleetOptions {
  databaseUrl: string;
  apis: number;
  workers: number;
  environment?: Record<string, string>;
  /** One of its own unless given. */
  world?: StandIns;
}

export const admins = ['one@agizo.test', 'two@agizo.test'];
const callbackToken = 'what-the-provider-was-given';
/** Where the outside world calls back. */
export const callbacks = callbacksPath('africas-talking', callbackToken);

/** The settings of a process that lives in this world. */
export const settingsIn = (world: StandIns, databaseUrl: string): Record<string, string> => ({
  LOG_LEVEL: 'silent',
  HOST: '127.0.0.1',
  DATABASE_URL: databaseUrl,
  OIDC_ISSUER: `${world.url}/`,
  AUTH0_IDENTIFIER: audience,
  AFRICA_TALKING_API_USERNAME: sms.username,
  AFRICA_TALKING_API_KEY: sms.apiKey,
  AFRICA_TALKING_SHORTCODE: sms.shortcode,
  AFRICA_TALKING_BASE_URL: `${world.url}/sandbox/africas-talking`,
  AFRICA_TALKING_CALLBACK_TOKEN: callbackToken,
  SMTP_URL: world.sandbox.smtpUrl,
  ADMIN_EMAILS: admins.join(','),
  ...unlimited,
  // A few customers order without end, at any time of the day.
  SMS_PER_NUMBER: '999999',
  SMS_QUIET_HOURS: 'none',
  EMAILS_PER_MINUTE: '999999',
});

export async function signIn(world: StandIns, name: string): Promise<string> {
  const form = {
    grant_type: 'password',
    username: `${name}@agizo.test`,
    password: 'agizo',
    client_id: 'agizo',
    audience,
  };
  const answer = await world.post('/oauth/token', form);
  return ((await answer.json()) as { access_token: string }).access_token;
}

/** The sandbox of each process stays unused: what leaves the database arrives in one place, where it can be counted. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const world = options.world ?? (await startStandIns({ keep: 1_000_000 }));
  const launcher = createLauncher();
  const environment = { ...settingsIn(world, options.databaseUrl), ...options.environment };
  const roles = new Map<ServiceProcess, string>();
  const launch = async (role: string, port?: number, own: Record<string, string> = {}): Promise<ServiceProcess> => {
    const process = await launcher.launch({
      ...environment,
      ...own,
      ROLE: role,
      PORT: String(port ?? (await freePort())),
    });
    roles.set(process, role);
    await process.ready();
    return process;
  };
  const many = (count: number, role: string) => Promise.all(Array.from({ length: count }, () => launch(role)));
  // Workers don't start on an empty database, and the others would only wait for each other to fill it.
  await migrate(options.databaseUrl, await readMigrations('migrations'));
  const [apis, workers] = await Promise.all([many(options.apis, 'api'), many(options.workers, 'worker')]);

  return {
    world,
    apis,
    workers,
    tokenFor: (name) => signIn(world, name),
    async killAndReplace(process, own) {
      const role = roles.get(process) as string;
      process.child.kill('SIGKILL');
      await process.ended;
      const place = role === 'api' ? apis : workers;
      place[place.indexOf(process)] = await launch(role, process.port, own);
    },
    async stop() {
      await launcher.clean();
      if (!options.world) await world.stop();
    },
  };
}
