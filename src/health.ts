// Owns the routes that machines ask whether the service lives, can serve, and how it is.

import { type Kysely, sql } from 'kysely';
import { Type } from 'typebox';
import type { Database } from './platform/database.ts';
import type { App } from './platform/http.ts';
import { Problem, unavailable } from './platform/problem.ts';
import { problemResponses } from './platform/responses.ts';

const healthSchema = Type.Object(
  {
    status: Type.Enum(['healthy']),
    database: Type.Object({ latency_ms: Type.Number() }),
    uptime_seconds: Type.Integer(),
  },
  { $id: 'Health', examples: [{ status: 'healthy', database: { latency_ms: 0.4 }, uptime_seconds: 3600 }] },
);

export interface HealthDeps {
  db: Kysely<Database>;
  /** True from the moment the service is asked to stop: load balancers should look elsewhere. */
  isStopping: () => boolean;
}

export function registerHealth(app: App, deps: HealthDeps): void {
  const startedMs = performance.now();
  app.addSchema(healthSchema);

  const check = async () => {
    const started = performance.now();
    await sql`select 1`.execute(deps.db);
    return performance.now() - started;
  };

  app.get(
    '/api/v1/health/',
    {
      config: { access: 'anyone' },
      schema: {
        operationId: 'health',
        tags: ['health'],
        summary: 'How the service is',
        response: { 200: { description: 'Healthy.', ...Type.Ref('Health') }, ...problemResponses(unavailable) },
      },
    },
    async () => ({
      status: 'healthy' as const,
      database: { latency_ms: Math.round((await check()) * 100) / 100 },
      uptime_seconds: Math.floor((performance.now() - startedMs) / 1000),
    }),
  );

  app.get(
    '/livez',
    { config: { access: 'anyone', isUncounted: true }, schema: { hide: true } },
    async (_request, reply) => reply.type('text/plain').send('alive\n'),
  );

  app.get(
    '/readyz',
    { config: { access: 'anyone', isUncounted: true }, schema: { hide: true } },
    async (_request, reply) => {
      if (deps.isStopping())
        throw new Problem(unavailable, 'The service is stopping.', { headers: { 'retry-after': '1' } });
      await check();
      return reply.type('text/plain').send('ready\n');
    },
  );
}
