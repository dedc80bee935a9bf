// Owns what answers below /console/: one page for all its addresses, its files, and what it must know before anybody signs in.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../platform/http.ts';
import { type BuiltConsole, type BuiltFile, readBuiltConsole } from './built-files.ts';

export interface ConsoleDeps {
  /** Where it is built to. */
  folder: string;
  issuer: string;
  audience: string;
  clientId: string;
  currency: string;
  /** IANA name. */
  timeZone: string;
  version: string;
  hasSandbox: boolean;
}

const open = { config: { access: 'anyone' }, schema: { hide: true } } as const;

/** Nothing from anywhere else; beside the service it talks to the issuer, where it fetches the token. */
const policyFor = (issuer: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "manifest-src 'self'",
    `connect-src 'self' ${new URL(issuer).origin}`,
    "base-uri 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

const notBuilt = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="refresh" content="2"><title>Agizo</title></head>
<body><h1>The console is being built</h1><p>It takes a few seconds, and this page looks again by itself. Where it stays, run <code>npm run build:console</code>.</p></body>
</html>
`;

export function registerConsole(app: App, deps: ConsoleDeps): void {
  let built: BuiltConsole | undefined;
  const policy = policyFor(deps.issuer);
  const sendPage = (reply: FastifyReply, html: string): FastifyReply =>
    reply
      .headers({
        'content-security-policy': policy,
        'cache-control': 'no-cache',
        'referrer-policy': 'same-origin',
        'x-robots-tag': 'noindex',
      })
      .type('text/html; charset=utf-8')
      .send(html);

  app.get('/console/config.json', open, async (request, reply) => {
    const issuerUrl = deps.hasSandbox ? `${request.baseUrl}/` : deps.issuer.replace(/\/?$/, '/');
    return reply.header('cache-control', 'no-cache').send({
      issuer: deps.issuer,
      metadata_url: `${issuerUrl}.well-known/openid-configuration`,
      client_id: deps.clientId,
      audience: deps.audience,
      currency: deps.currency,
      time_zone: deps.timeZone,
      version: deps.version,
      has_sandbox: deps.hasSandbox,
    });
  });

  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    built ??= readBuiltConsole(deps.folder);
    if (!built) return sendPage(reply.code(503).header('retry-after', '2'), notBuilt);
    const { '*': wanted = '' } = request.params as { '*'?: string };
    const file = built.files.get(wanted);
    if (file) return sendFile(request, reply, file);
    // What was built before is gone, and is no page either.
    if (wanted.startsWith('assets/')) return reply.callNotFound();
    return sendPage(reply, built.page.replace('<base href="/console/"', `<base href="${app.basePath}/console/"`));
  };
  app.get('/console/', open, answer);
  app.get('/console/*', open, answer);
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: BuiltFile): FastifyReply {
  const accepted = request.headers['accept-encoding'] ?? '';
  const [encoding, content] =
    file.brotli && /\bbr\b/.test(accepted)
      ? ['br', file.brotli]
      : file.gzip && /\bgzip\b/.test(accepted)
        ? ['gzip', file.gzip]
        : [undefined, file.content];
  if (encoding !== undefined) void reply.header('content-encoding', encoding);
  return reply
    .headers({
      'cache-control': file.isHashed ? 'public, max-age=31536000, immutable' : 'public, max-age=3600',
      vary: 'Accept-Encoding',
    })
    .type(file.type)
    .send(content);
}
