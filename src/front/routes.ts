// Owns what answers at the door: the page at /, its JSON for programs, the icon and robots.txt.

import { readFileSync } from 'node:fs';
import type { FastifyReply } from 'fastify';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../platform/database.ts';
import type { App } from '../platform/http.ts';
import { doorPage } from './page.ts';

export interface FrontDeps {
  db: Kysely<Database>;
  hasSandbox: boolean;
}

const open = { config: { access: 'anyone' }, schema: { hide: true } } as const;
// Nobody waits at the door for a database that is busy.
const patienceMs = 1_000;
const policy =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const sendPage = (reply: FastifyReply, html: string): FastifyReply =>
  reply
    .headers({
      'content-security-policy': policy,
      'cache-control': 'no-cache',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex',
      vary: 'Accept',
    })
    .type('text/html; charset=utf-8')
    .send(html);

export function registerFront(app: App, deps: FrontDeps): void {
  const read = (file: string) => readFileSync(new URL(file, import.meta.url));
  const { version } = JSON.parse(read('../../package.json').toString()) as { version: string };
  const serve = (path: string, type: string, content: Buffer | string) =>
    app.get(path, open, async (_request, reply) =>
      reply.header('cache-control', 'public, max-age=3600').type(type).send(content),
    );

  app.get('/', open, async (request, reply) => {
    if (request.headers.accept?.includes('text/html')) {
      const latencyMs = await measure(deps.db);
      return sendPage(reply, doorPage({ version, latencyMs, hasSandbox: deps.hasSandbox }));
    }
    const { baseUrl } = request;
    return reply.header('vary', 'Accept').send({
      name: 'Agizo',
      version,
      docs: `${baseUrl}/docs/`,
      openapi: `${baseUrl}/openapi.json`,
      console: `${baseUrl}/console/`,
    });
  });

  serve('/front/page.css', 'text/css; charset=utf-8', read('page.css'));
  serve('/favicon.ico', 'image/svg+xml', read('icon.svg'));
  serve('/robots.txt', 'text/plain; charset=utf-8', 'User-agent: *\nDisallow: /\n');
}

/** How long the database takes to answer; undefined where it doesn't. */
async function measure(db: Kysely<Database>): Promise<number | undefined> {
  const started = performance.now();
  const answer = sql`select 1`.execute(db).then(
    () => Math.round((performance.now() - started) * 10) / 10,
    () => undefined,
  );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, patienceMs, undefined);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
