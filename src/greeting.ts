// Owns what the terminal says when the service has started.

import type { Config } from './config.ts';

/** What is running, where, and what to try next. */
export function greeting(config: Config, facts: { isLocalDatabase: boolean; readyMs: number }): string {
  const url = config.publicUrl;
  if (config.role === 'worker') return `Agizo's worker is running (ready in ${facts.readyMs} ms). Ctrl-C stops it.\n`;
  return `
  Agizo is running (ready in ${facts.readyMs} ms)

    API and docs   ${url}/docs/
    Phone and mail ${url}/sandbox/
    Database       ${facts.isLocalDatabase ? `PostgreSQL from npm, data in ${config.dataDir}` : 'DATABASE_URL'}

  Next: open ${url}/docs/, press Authorize and sign in as wanjiku@agizo.test, password agizo. Or in another terminal:

    curl ${url}/api/v1/products/

  Ctrl-C stops everything.

`;
}
