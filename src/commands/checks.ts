// Owns what `agizo doctor` looks at: each check says what it found and, where something is wrong, how to mend it.

import { statfs } from 'node:fs/promises';
import pg from 'pg';
import { findCurrency } from '../catalog/shop-store.ts';
import type { Config } from '../config.ts';
import { IssuerUnavailable } from '../identity/issuer.ts';
import { fetchKeys } from '../identity/key-set.ts';
import { openDatabase } from '../platform/database.ts';
import { assertMigrated, type Migration } from '../schema/migrations.ts';
import { type AccountState, checkMailAccount, checkSmsAccount } from '../sending/accounts.ts';
import { currencyMend, currencyProblem } from './currency.ts';
import { explain } from './explain.ts';
import { type Finding, failed, ok, warning } from './finding.ts';
import { judgeRights } from './judge-rights.ts';

const timeoutMs = 5_000;
/** Tokens are taken up to 10 s before and after their time; see identity/tokens.ts. */
const maxSkewMs = 10_000;
const noticedSkewMs = 2_000;
const leastConnections = 20;
const leastBytes = 500 * 2 ** 20;
const fewBytes = 5 * 2 ** 30;

/** Which of the outside world is real. */
export function judgeSettings({ production, realOutsideProduction: real, sandbox, host }: Config): Finding[] {
  if (production) return [ok('They can be read. Production.')];
  if (real.length > 0) {
    const text = `They can be read. Not production, though ${real.join(', ')} lead to real ones: the sandbox is off.`;
    return [warning(text, 'Set NODE_ENV=production for a shop that people use.')];
  }
  const findings = [ok('They can be read. Development: what is not set, the sandbox stands in for.')];
  if (sandbox.standsInFor.size === 0 || /^(localhost|127\.|::1$)/.test(host)) return findings;
  const text = `HOST is ${host}: whoever reaches this machine can use the sandbox, and be staff.`;
  return [...findings, warning(text, 'Leave HOST out, or see that only friends can reach it.')];
}

/** What a database says of itself. */
interface About {
  version: string;
  recovering: boolean;
  fsync: string;
  commit: string;
  free: number;
  /** What a statement has that the session of the service would send. */
  timeout: string;
  now: Date;
}

export async function checkDatabase(url: string, migrations: Migration[]): Promise<Finding[]> {
  const where = describeDatabase(url);
  const client = clientOf(url);
  try {
    await client.connect();
    const askedMs = performance.now();
    const { rows } = await client.query<About>(`
      select current_setting('statement_timeout') as timeout, current_setting('server_version') as version,
        pg_is_in_recovery() as recovering, current_setting('fsync') as fsync,
        current_setting('synchronous_commit') as commit, clock_timestamp() as now,
        current_setting('max_connections')::int - (select count(*)::int from pg_stat_activity) as free`);
    const tookMs = performance.now() - askedMs;
    const about = rows[0] as About;
    return [
      ...judgeServer(about, where, tookMs),
      await checkSchema(url, migrations),
      judgeClock('the database', about.now.getTime() - Date.now()),
    ];
  } catch (error) {
    return [failed(`${where}: ${explain(error)}`, 'See that it runs, and that DATABASE_URL names it.')];
  } finally {
    await client.end().catch(() => undefined);
  }
}

function judgeServer(about: About, where: string, tookMs: number): Finding[] {
  const { version, recovering, fsync, commit, free, timeout } = about;
  const findings = [ok(`PostgreSQL ${version.split(' ')[0]} at ${where}, ${tookMs.toFixed(1)} ms away`)];
  if (recovering) findings.push(failed('It is a standby: it takes no orders.', 'Set DATABASE_URL to the primary.'));
  if (fsync === 'off' || commit === 'off') {
    const name = fsync === 'off' ? 'fsync' : 'synchronous_commit';
    findings.push(failed(`${name} is off: orders that were acknowledged can be lost.`, `Set ${name} = on there.`));
  }
  if (free < leastConnections) {
    const mend = 'Raise max_connections, or put PgBouncer in front of it; each process takes up to 12.';
    findings.push(warning(`It has room for ${free} more connections only.`, mend));
  }
  if (timeout === '0') {
    const mend = `Give the role one: alter role ... set statement_timeout = '10s' (docs/scaling.md).`;
    findings.push(
      warning('Single statements have no time-out: a pool in front of it drops the one that we send.', mend),
    );
  }
  return findings;
}

/** Its own time-outs, and the settings of a session of the service. */
function clientOf(url: string): pg.Client {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    options: '-c statement_timeout=10s',
  });
  client.on('error', () => undefined);
  return client;
}

/** The answer to one question, a row. */
async function askDatabase<T extends pg.QueryResultRow>(
  url: string,
  question: string,
  values: unknown[] = [],
): Promise<T> {
  const client = clientOf(url);
  try {
    await client.connect();
    return (await client.query<T>(question, values)).rows[0] as T;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Whether lists can be read from a replica; see platform/replica.ts. */
export async function checkReplica(url: string, primaryUrl: string): Promise<Finding[]> {
  const where = describeDatabase(url);
  const mend = 'Set DATABASE_REPLICA_URL to a streaming standby of the primary, or leave it out.';
  try {
    const primary = await askDatabase<{ system: string; position: string }>(
      primaryUrl,
      `select system_identifier::text as system, pg_current_wal_flush_lsn()::text as position from pg_control_system()`,
    );
    const replica = await askDatabase<{ system: string; bytes: number | null }>(
      url,
      `select system_identifier::text as system, case when pg_is_in_recovery()
        then greatest(pg_wal_lsn_diff($1, pg_last_wal_replay_lsn()), 0)::float8 end as bytes from pg_control_system()`,
      [primary.position],
    );
    if (replica.bytes === null) return [warning(`${where} is no standby: nothing is read from it.`, mend)];
    if (replica.system !== primary.system) return [failed(`${where} is a standby of another database.`, mend)];
    return [ok(`A standby of it at ${where}, ${Math.round(replica.bytes / 1024)} kB behind.`)];
  } catch (error) {
    return [warning(`${where}: ${explain(error)} Lists are read from the primary.`, mend)];
  }
}

/** Without user name and password. */
function describeDatabase(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

async function checkSchema(url: string, migrations: Migration[]): Promise<Finding> {
  try {
    await assertMigrated(url, migrations);
    return ok(`It is at schema ${migrations.length}, this release's.`);
  } catch (error) {
    return failed(explain(error), 'Run "agizo migrate" of the release that you want to run.');
  }
}

/** Whether CURRENCY is the one that the shop's prices are in. */
export async function checkCurrency(url: string, currency: string): Promise<Finding[]> {
  const db = openDatabase({ url, name: 'agizo doctor', maxConnections: 1 });
  try {
    const shops = await findCurrency(db);
    const problem = currencyProblem(shops, currency);
    if (problem !== undefined) return [failed(problem, currencyMend)];
    return shops === undefined ? [] : [ok(`Its prices are in ${shops}.`)];
  } catch {
    // What is wrong with the database or its schema is said already.
    return [];
  } finally {
    await db.destroy();
  }
}

function judgeClock(whose: string, skewMs: number): Finding {
  const seconds = (Math.abs(skewMs) / 1_000).toFixed(1);
  if (Math.abs(skewMs) < noticedSkewMs) return ok(`Our clock and that of ${whose} agree.`);
  const text = `Our clock is ${seconds} s ${skewMs > 0 ? 'behind' : 'ahead of'} that of ${whose}.`;
  const mend =
    'Set the clocks of all by NTP: time is what the database says, and tokens are refused when it is off by 10 s.';
  return Math.abs(skewMs) >= maxSkewMs ? failed(text, mend) : warning(text, mend);
}

const notRunning = (what: string) => warning(`${what} stands in, and is not running.`, 'Start it with "npm start".');

export async function checkIssuer(config: Config): Promise<Finding[]> {
  const { issuer } = config.identity;
  const isOwn = !config.production && issuer === `${config.publicUrl}/`;
  try {
    const [keys, skewMs] = await Promise.all([fetchKeys(issuer), askClock(issuer)]);
    const count = `${keys.size} ${keys.size === 1 ? 'key' : 'keys'}`;
    return [
      ok(`${isOwn ? 'The sandbox' : issuer} publishes ${count} for RS256.`),
      ...(isOwn ? [] : [judgeRights(config)]),
      // A header tells whole seconds, and took a while to come.
      ...(skewMs === undefined ? [] : [judgeClock('the issuer', Math.abs(skewMs) < noticedSkewMs ? 0 : skewMs)]),
    ];
  } catch (error) {
    if (isOwn) return [notRunning("The sandbox's token issuer")];
    const reason = error instanceof IssuerUnavailable ? error.message : explain(error);
    return [
      failed(`${reason}.`, 'See that AUTH0_DOMAIN or OIDC_ISSUER is your tenant, to the letter, and that it is up.'),
    ];
  }
}

/** How far their clock is ahead of ours, by the Date header; undefined where there is none. */
async function askClock(url: string): Promise<number | undefined> {
  const response = await fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
  const date = Date.parse(response.headers.get('date') ?? '');
  return Number.isNaN(date) ? undefined : date - Date.now();
}

export async function checkSms(config: Config): Promise<Finding[]> {
  const { sms, publicUrl } = config;
  const isOwn = !config.production && sms.baseUrl === `${publicUrl}/sandbox/africas-talking`;
  const state = await checkSmsAccount(sms);
  if (isOwn && !state.isGood && !state.isReached) return [notRunning("The sandbox's SMS gateway")];
  if (!state.isGood) return [refusal(state, new URL(sms.baseUrl).host, smsMend)];
  const text = `${isOwn ? 'The sandbox' : "Africa's Talking"} knows ${sms.username}; the balance is ${state.detail}.`;
  if (!/[1-9]/.test(state.detail) || state.detail.includes('-')) return [warning(text, 'Top up the account.')];
  return [ok(text)];
}

const smsMend =
  'Set AFRICA_TALKING_API_USERNAME to the application and AFRICA_TALKING_API_KEY to a key made in it (Settings > API Key).';

const refusal = (state: AccountState & { isGood: false }, host: string, mend: string): Finding =>
  state.isReached
    ? failed(`${host} refuses the account: ${state.detail}`, mend)
    : failed(`${host} doesn't answer: ${state.detail}`, 'See that it is up, and that this machine may connect to it.');

export async function checkMail(config: Config): Promise<Finding[]> {
  const { smtpUrl } = config.mail;
  if (smtpUrl === undefined) return [ok('The sandbox stands in.')];
  const { host } = new URL(smtpUrl);
  const state = await checkMailAccount(smtpUrl);
  if (!state.isGood) return [refusal(state, host, 'See the user name and password in SMTP_URL; encode : / @ in them.')];
  return [ok(`${host} takes our mail, from ${config.mail.from}.`)];
}

/** Where providers call back and e-mails point. */
export async function checkPublicUrl(config: Config): Promise<Finding[]> {
  const { publicUrl, production } = config;
  const { protocol, hostname } = new URL(publicUrl);
  if (production && /^(localhost|127\.|\[::1\]|10\.|192\.168\.)/.test(hostname)) {
    return [
      failed(`PUBLIC_URL is ${publicUrl}, where nobody else can reach it.`, 'Set it to the address of the shop.'),
    ];
  }
  const findings: Finding[] = [];
  if (production && protocol !== 'https:') {
    findings.push(warning('PUBLIC_URL is not https: calls back could be read and forged.', 'Put TLS in front of it.'));
  }
  const answer = await fetch(`${publicUrl}/livez`, { signal: AbortSignal.timeout(timeoutMs) }).catch(() => undefined);
  if (answer?.ok) return [...findings, ok(`${publicUrl} answers.`)];
  const text = `${publicUrl} ${answer ? `answers ${answer.status}` : "doesn't answer"}.`;
  return [...findings, warning(text, 'Fine before the first start; else look at the DNS, the proxy and PUBLIC_URL.')];
}

export async function checkDisk(folder: string): Promise<Finding[]> {
  const about = await statfs(folder).catch(() => undefined);
  if (!about) return [ok(`${folder} is not there yet.`)];
  const free = about.bavail * about.bsize;
  const text = `${(free / 2 ** 30).toFixed(1)} GiB are free where ${folder} is.`;
  const mend = 'Make room, or set DATA_DIR to a larger disk.';
  return [free < leastBytes ? failed(text, mend) : free < fewBytes ? warning(text, mend) : ok(text)];
}

/** Which limits on customers and callers are lifted: somebody may have done that for an import or a test. */
export function checkLimits({ orderLimits, requestQuotas }: Config): Finding[] {
  const limits: Record<string, number | undefined> = {
    ORDERS_PER_CUSTOMER: orderLimits.ordersPerCustomer,
    NUMBERS_PER_CUSTOMER: orderLimits.numbersPerCustomer,
    REQUESTS_PER_CALLER: requestQuotas.requestsPerCaller,
    REQUESTS_PER_ADDRESS: requestQuotas.requestsPerAddress,
    FAILED_TOKENS_PER_ADDRESS: requestQuotas.failedTokensPerAddress,
  };
  const off = Object.keys(limits).filter((name) => limits[name] === undefined);
  if (off.length === 0) return [ok('What one customer or caller may ask is bounded.')];
  const verb = off.length === 1 ? 'is' : 'are';
  return [
    warning(`${off.join(', ')} ${verb} off.`, 'Leave it out of the environment, and its default bounds everybody.'),
  ];
}
