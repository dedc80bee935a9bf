// Owns the HTTP application: every slice by name, nothing discovered.

import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import packageJson from '../package.json' with { type: 'json' };
import { registerAudit } from './audit/routes.ts';
import { registerFormCallbacks } from './callbacks/callback-scope.ts';
import type { CatalogReads } from './catalog/catalog-deps.ts';
import { registerCategories } from './catalog/category-routes.ts';
import { registerProducts } from './catalog/product-routes.ts';
import type { Config } from './config.ts';
import { consoleFolder } from './console/built-files.ts';
import { registerConsole } from './console/routes.ts';
import { registerTextCallback } from './conversations/callback-routes.ts';
import { registerIncoming } from './conversations/routes.ts';
import { registerMe } from './customers/me-routes.ts';
import { registerCustomers } from './customers/routes.ts';
import { registerDesk } from './desk/routes.ts';
import { allowOrigins } from './front/cors.ts';
import { registerFront } from './front/routes.ts';
import { registerHealth } from './health.ts';
import { guardRoutes } from './identity/access.ts';
import { createTokenVerifier } from './identity/tokens.ts';
import { createProfiles } from './identity/userinfo.ts';
import { registerImports } from './imports/routes.ts';
import { createRequestLimits } from './limits/request-limits.ts';
import { orderListeners } from './listeners.ts';
import { registerReportCallbacks } from './messages/callback-routes.ts';
import { registerCosts } from './messages/cost-routes.ts';
import { registerOptOuts } from './messages/opt-out-routes.ts';
import { registerLedger } from './messages/routes.ts';
import { type Observers, observeGroups, observeIntake } from './observe.ts';
import { registerOpenapi, registerOpenapiJson } from './openapi.ts';
import { createIntake } from './orders/intake.ts';
import { mayPass, placeOrders } from './orders/place-orders.ts';
import { registerOrders } from './orders/routes.ts';
import { type Database, isDatabaseUnavailable } from './platform/database.ts';
import { type App, createHttp } from './platform/http.ts';
import type { NewId } from './platform/ids.ts';
import { currencyDecimals } from './platform/money.ts';
import { limitBehind } from './platform/rate-limit.ts';
import { createRead } from './platform/replica.ts';
import { createShare } from './platform/share.ts';
import { registerCustomerData } from './privacy/data-routes.ts';
import { registerErasures } from './privacy/routes.ts';
import { registerExports } from './reports/export-routes.ts';
import { registerReports } from './reports/routes.ts';
import type { Sandbox } from './sandbox/sandbox.ts';
import { registerChannels } from './sending/routes.ts';
import { registerTemplates } from './texts/routes.ts';
import { readTimeline } from './timeline/read-timeline.ts';
import { orderEventSchema, orderMessageSchema } from './timeline/schemas.ts';
import { keepTextsVisible } from './writing/keep-visible.ts';

export interface AppDeps extends Observers {
  config: Config;
  db: Kysely<Database>;
  /** A streaming standby of it, where there is one. */
  replicaDb?: Kysely<Database> | undefined;
  /** The connections that place orders, see `intakeSettings`. */
  intakeDb: Kysely<Database>;
  /** The connections for what anybody may read: `openReadsAtOnce` of them, where no statement takes long. */
  openDb: Kysely<Database>;
  logger: FastifyBaseLogger;
  clock: () => Date;
  /** Of a clock that nobody sets, for all that is waited for. */
  nowMs: () => number;
  newId: NewId;
  /** Tells the worker in this process, if there is one, that there is work: orders placed or changed, and how many at once. */
  wake: (count: number) => void;
  /** The local stand-ins for the outside world; undefined in production. */
  sandbox: Sandbox | undefined;
  /** Aborted when the process is told to stop: from then on the service is not ready. */
  stopping: AbortSignal;
}

/** What those who are nobody read at once, whatever it costs; the rest of the connections is for those who are somebody. */
export const openReadsAtOnce = 4;
/** A crowd that reads what is quickly read is served within the second; beyond it the answer is to come again. */
const openReads = {
  atOnce: openReadsAtOnce,
  waiting: 128,
  patienceMs: 1_000,
  refusal: 'Too many are reading the catalogue at the moment.',
};

// A group is as many orders as arrive while the one before is written; more than this only makes each wait longer.
const maxGroup = 512;
// At several thousand orders a second this is a fraction of a second of waiting; past it an order is better refused.
const maxWaiting = 1_024;
// As long as a restart of the database takes, and less than a draining process has.
const patienceMs = 2_500;

const maxCallbackBytes = 16 * 1024;

/** The application, ready to listen. Closing it waits for the orders it has accepted. */
export async function createApp(deps: AppDeps): Promise<App> {
  const { config, db, clock, newId, metrics } = deps;
  const { issuer, audience, clientId, scopeCounts } = config.identity;
  const app = createHttp({
    logger: deps.logger,
    clock,
    newId,
    trustProxy: config.trustProxy,
    address: { publicUrl: config.publicUrl, isGuessed: config.isUrlGuessed },
    onAnswer: metrics?.answered,
    tracing: deps.tracing,
  });

  keepTextsVisible(app);
  await allowOrigins(app, config.corsOrigins);
  await registerOpenapi(app, { issuer, audience, clientId, ...config });
  const limits = createRequestLimits(db, config.requestQuotas, deps.logger);
  app.addHook('onError', (_request, _reply, error, done) => {
    const limit = limitBehind(error);
    if (limit !== undefined) metrics?.limited(limit);
    done();
  });
  guardRoutes(app, createTokenVerifier({ issuer, audience, scopeCounts, clock, nowMs: deps.nowMs }), limits);
  const shared = {
    db,
    read: createRead({ db, replica: deps.replicaDb, logger: deps.logger }),
    clock,
    newId,
    currency: config.currency,
    defaultRegion: config.defaultRegion,
    wake: () => deps.wake(1),
    listeners: Object.values(orderListeners),
  };
  const intake = observeIntake(
    deps,
    createIntake({
      placeGroup: observeGroups(deps, async (group, again) => {
        const outcomes = await placeOrders({ ...shared, db: deps.intakeDb, limits: config.orderLimits }, group, again);
        deps.wake(group.length);
        return outcomes;
      }),
      mayPass,
      isAway: isDatabaseUnavailable,
      patienceMs,
      maxGroup,
      maxWaiting,
    }),
  );
  app.addHook('onClose', () => intake.drained());

  const findProfile = createProfiles({ issuer, nowMs: deps.nowMs });

  registerHealth(app, { db, isStopping: () => deps.stopping.aborted });
  const share = createShare(openReads);
  const readFrom = createRead({ db: deps.openDb, replica: deps.replicaDb, logger: deps.logger });
  const openly: CatalogReads = {
    key: 'openly ',
    list: (run) => share(() => readFrom(run)),
    now: (run) => share(() => run(deps.openDb)),
  };
  const asStaff: CatalogReads = { key: 'as staff ', list: shared.read, now: (run) => run(db) };
  const isStaff = ({ identity }: FastifyRequest) => identity !== undefined && identity.permissions.size > 0;
  const catalogue = { ...shared, readsOf: (request: FastifyRequest) => (isStaff(request) ? asStaff : openly) };
  registerCategories(app, catalogue);
  registerProducts(app, catalogue);
  registerImports(app, shared);
  registerMe(app, { db, findProfile });
  registerCustomers(app, { ...shared, findProfile });
  registerErasures(app, shared);
  registerCustomerData(app, { db, clock, decimals: currencyDecimals(config.currency), timeZone: config.timeZone });
  app.addSchema(orderMessageSchema);
  app.addSchema(orderEventSchema);
  registerOrders(app, {
    ...shared,
    readTimeline: (order, { permissions }) =>
      readTimeline(db, order, {
        isStaff: permissions.has('orders:read'),
        seesMessages: permissions.has('notifications:read'),
      }),
    intake,
    findProfile,
  });
  registerAudit(app, shared);
  registerDesk(app, shared);
  registerFormCallbacks(app, { token: config.sms.callbackToken, maxBodyBytes: maxCallbackBytes }, (scope) => {
    registerReportCallbacks(scope, shared);
    registerTextCallback(scope, shared);
  });
  const messageDeps = { ...shared, timeZone: config.timeZone };
  registerLedger(app, messageDeps);
  registerCosts(app, messageDeps);
  registerOptOuts(app, shared);
  registerTemplates(app, shared);
  registerChannels(app, messageDeps);
  registerIncoming(app, shared);
  registerReports(app, { ...shared, ...config.reports, timeZone: config.timeZone });
  registerExports(app, messageDeps);
  registerConsole(app, {
    folder: consoleFolder,
    issuer,
    audience,
    clientId,
    currency: config.currency,
    timeZone: config.timeZone,
    version: packageJson.version,
    hasSandbox: deps.sandbox !== undefined,
  });
  registerFront(app, { db, hasSandbox: deps.sandbox !== undefined });
  deps.sandbox?.register(app);
  registerOpenapiJson(app, config.isUrlGuessed);
  return app;
}
