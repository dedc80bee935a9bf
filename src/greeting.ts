// Owns what the terminal says when the service has started.

import type { Config } from './config.ts';

/** What is running, where, and what to try next. */
export function greeting(config: Config, facts: { isLocalDatabase: boolean; readyMs: number }): string {
  const url = config.publicUrl;
  if (config.role === 'worker') return `Agizo's worker is running (ready in ${facts.readyMs} ms). Ctrl-C stops it.\n`;
  const { standsInFor } = config.sandbox;
  const hasSandbox = standsInFor.size > 0;
  const signIn = standsInFor.has('issuer') ? 'sign in as wanjiku@agizo.test, password agizo' : 'sign in';
  return `
  Agizo is running (ready in ${facts.readyMs} ms)

    Console        ${url}/console/${standsInFor.has('issuer') ? '  (sign in as staff@agizo.test, password agizo)' : ''}
    API and docs   ${url}/docs/
    Phone and mail ${hasSandbox ? `${url}/sandbox/` : `no sandbox: ${config.realOutsideProduction.join(', ') || 'all'} set`}
    Database       ${facts.isLocalDatabase ? `PostgreSQL from npm, data in ${config.dataDir}` : 'DATABASE_URL'}
    Listening on   ${config.host}${reach(config)}

  Next: open ${url}/docs/, press Authorize and ${signIn}. Or in another terminal:

    curl ${url}/api/v1/products/

  Ctrl-C stops everything.

`;
}

function reach({ host, sandbox }: Config): string {
  if (/^(localhost|127\.[\d.]+|::1)$/.test(host)) return ', for this machine alone';
  return sandbox.standsInFor.has('issuer')
    ? ': whoever reaches this machine can sign in as staff, with the word agizo'
    : '';
}
