// Owns configuration: the only reader of the environment, which names every bad variable in one error.

import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Language } from './customers/customer.ts';
import { anyLocalhost } from './front/cors.ts';
import type { ScopeCounts } from './identity/identity.ts';
import type { RequestQuotas } from './limits/request-limits.ts';
import type { OrderLimits } from './orders/order-limits.ts';
import type { Limits } from './sending/admission.ts';
import type { Setting } from './setting-checks.ts';
import { settings } from './settings.ts';
import { findMissing, findReal, findStandIns, isExampleSecret, type StandIn, standInHint } from './stand-ins.ts';

export interface Config {
  production: boolean;
  port: number;
  host: string;
  /** How the service is reached from outside, without a slash at the end. */
  publicUrl: string;
  /** True while PUBLIC_URL is not set: callers know the service by the host that they ask. */
  isUrlGuessed: boolean;
  /** Undefined: the embedded PostgreSQL, with its data in `dataDir`. */
  databaseUrl: string | undefined;
  /** A streaming standby that lists are read from. */
  databaseReplicaUrl: string | undefined;
  dataDir: string;
  /** ISO 4217. */
  currency: string;
  /** ISO 3166-1 alpha-2; the country whose local phone numbers are understood. */
  defaultRegion: string;
  /** IANA name; the shop's days begin at its midnight. */
  timeZone: string;
  /** Of SMS to customers who haven't chosen theirs. */
  defaultLanguage: Language;
  role: Role;
  logLevel: string;
  /** Undefined: no metrics. */
  metricsPort: number | undefined;
  /** Whether traces are sent anywhere; where to, OpenTelemetry's own variables say. */
  hasTracing: boolean;
  /** How many proxies in front add to X-Forwarded-For: what stands before theirs, anybody may have written. */
  trustProxy: number;
  /** Of pages elsewhere that may call the API. */
  corsOrigins: readonly string[] | RegExp;
  identity: { issuer: string; audience: string; clientId: string; clientSecret: string; scopeCounts: ScopeCounts };
  sms: { baseUrl: string; username: string; apiKey: string; shortcode: string; callbackToken: string };
  /** `smtpUrl` undefined: the mail server of the sandbox in this process. */
  mail: { smtpUrl: string | undefined; from: string; adminEmails: string[] };
  /** How much one customer may order. */
  orderLimits: OrderLimits;
  /** Undefined: an order waits for confirmation as long as it takes. */
  pendingHours: number | undefined;
  /** After which texts are removed. */
  retentionDays: number | undefined;
  /** When an order waits too long, and when a product runs out, see reports/routes.ts. */
  reports: { waitingMinutes: number; lowStock: number };
  /** The countries (ISO 3166) that SMS go to; undefined: any. */
  smsCountries: readonly string[] | undefined;
  /** How much may be asked in a minute. */
  requestQuotas: RequestQuotas;
  /** How much is sent, and when. */
  limits: Limits;
  /** Credit at the SMS provider below which staff are told. */
  lowCredit: { amount: number; currency: string } | undefined;
  /** `smtpPort` undefined: the sandbox's mail server is for this process alone, on a free port of this machine. */
  sandbox: { standsInFor: ReadonlySet<StandIn>; smtpPort: number | undefined };
  /** The settings that lead to real people and providers, though this is not production; nothing stands in beside them. */
  realOutsideProduction: readonly string[];
}

export type Role = 'all' | 'api' | 'worker';

/** Who reads the settings: a role of the service, a command on the database alone, or one that is refused in production. */
export type Use = Role | 'database' | 'sandbox';

const africasTalkingAccount = ['AFRICA_TALKING_API_USERNAME', 'AFRICA_TALKING_API_KEY'];

const productionHint = `
Set them in the environment, or in an .env file made from .env.example (\`docker run --env-file .env\`).
To try Agizo with nothing set, run \`docker compose up\`, or \`npm start\` without NODE_ENV=production.`;

const exampleSecret = `AFRICA_TALKING_CALLBACK_TOKEN must be a secret of your own, such as by openssl rand -hex 24: whoever has read our files
  knows this one, and could say what became of each SMS and cancel orders`;

const noMailbox = `SMTP_URL or SANDBOX_SMTP_PORT must be set for a worker by itself: the sandbox's mailbox is in the API's process.
  With SANDBOX_SMTP_PORT=1025 for both, such as in .env, its mail arrives there`;

/** Every setting that is wrong or missing, each with what is the matter. */
export class ConfigError extends Error {
  override name = 'ConfigError';

  constructor(problems: string[], hint = '') {
    super(`The configuration is not right:\n${problems.map((problem) => `  ${problem}`).join('\n')}${hint}`);
  }
}

/**
 * Reads the configuration. Outside production, what is not set is stood in for by the sandbox.
 * @param use which settings have to be there; what ROLE says when not given
 * @throws ConfigError naming every bad or, in production, missing variable
 */
export function readConfig(environment: Record<string, string | undefined>, use?: Use): Config {
  const production = environment['NODE_ENV'] === 'production';
  // An empty variable, as in `PORT=`, is one that is not set.
  const value = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const purpose = use ?? value('ROLE') ?? 'all';
  const problems = settings.flatMap((setting) => {
    const given = value(setting.name);
    const wrong = given === undefined ? undefined : setting.check?.(given);
    if (wrong !== undefined) return [`${setting.name} ${wrong}`];
    const names = production && isNeeded(setting, purpose) ? (setting.production ?? []) : [];
    const missing = names.length > 0 && names.every((name) => value(name) === undefined);
    return missing ? [`${names.join(' or ')} must be set in production`] : [];
  });
  const [withName, withKey] = africasTalkingAccount.map((name) => value(name) !== undefined);
  if (!production && withName !== withKey) problems.push(`${africasTalkingAccount.join(' and ')} go together`);
  const isWorkerAlone = !production && purpose === 'worker';
  if (isWorkerAlone && !value('SMTP_URL') && !value('SANDBOX_SMTP_PORT')) problems.push(noMailbox);
  if (problems.length > 0) throw new ConfigError(problems, production ? productionHint : '');

  const or = (name: string): string => value(name) ?? settings.find((setting) => setting.name === name)?.fallback ?? '';
  const portNumber = Number(or('PORT'));
  const publicUrl = (value('PUBLIC_URL') ?? `http://localhost:${portNumber}`).replace(/\/+$/, '');
  const role = (purpose === 'database' || purpose === 'sandbox' ? or('ROLE') : purpose) as Role;
  const isService = purpose === role;
  const real = production ? [] : findReal(value, publicUrl);
  if (isService) {
    const missing = findMissing(value, role, real);
    if (missing.length > 0) throw new ConfigError(missing, standInHint);
    const token = value('AFRICA_TALKING_CALLBACK_TOKEN');
    if (token !== undefined && isExampleSecret(token) && !isTrial(value)) throw new ConfigError([exampleSecret]);
  }
  return {
    production,
    port: portNumber,
    // What is only tried is nobody else's.
    host: value('HOST') ?? (production ? '0.0.0.0' : '127.0.0.1'),
    publicUrl,
    isUrlGuessed: value('PUBLIC_URL') === undefined,
    databaseUrl: value('DATABASE_URL'),
    databaseReplicaUrl: value('DATABASE_REPLICA_URL'),
    dataDir: path.resolve(or('DATA_DIR')),
    currency: or('CURRENCY'),
    defaultRegion: or('DEFAULT_REGION'),
    timeZone: or('TIME_ZONE'),
    defaultLanguage: or('DEFAULT_LANGUAGE') as Language,
    role,
    logLevel: or('LOG_LEVEL'),
    hasTracing: value('OTEL_EXPORTER_OTLP_ENDPOINT') !== undefined,
    metricsPort: metricsPortOf(value('METRICS_PORT') ?? (production ? '9464' : 'off')),
    trustProxy: proxiesOf(or('TRUST_PROXY')),
    corsOrigins: originsOf(value('CORS_ORIGINS') ?? (production ? 'none' : undefined)),
    identity: {
      issuer: issuerOf(value('OIDC_ISSUER'), value('AUTH0_DOMAIN')) ?? `${publicUrl}/`,
      audience: or('AUTH0_IDENTIFIER'),
      clientId: or('AUTH0_CLIENT_ID'),
      clientSecret: or('AUTH0_CLIENT_SECRET'),
      scopeCounts: or('SCOPE_COUNTS') as ScopeCounts,
    },
    sms: smsOf(value, or('AFRICA_TALKING_SHORTCODE'), publicUrl),
    mail: {
      smtpUrl: value('SMTP_URL') ?? (isWorkerAlone ? sandboxMailUrl(publicUrl, or('SANDBOX_SMTP_PORT')) : undefined),
      from: or('EMAIL_FROM'),
      adminEmails: or('ADMIN_EMAILS')
        .split(',')
        .map((address) => address.trim()),
    },
    orderLimits: {
      ordersPerCustomer: countOf(or('ORDERS_PER_CUSTOMER')),
      numbersPerCustomer: countOf(or('NUMBERS_PER_CUSTOMER')),
    },
    pendingHours: countOf(or('PENDING_HOURS')),
    retentionDays: countOf(or('RETENTION_DAYS')),
    reports: { waitingMinutes: Number(or('WAITING_MINUTES')), lowStock: Number(or('LOW_STOCK')) },
    smsCountries: countriesOf(value('SMS_COUNTRIES') ?? (production ? or('DEFAULT_REGION') : 'any')),
    requestQuotas: {
      requestsPerCaller: countOf(or('REQUESTS_PER_CALLER')),
      requestsPerAddress: countOf(or('REQUESTS_PER_ADDRESS')),
      failedTokensPerAddress: countOf(or('FAILED_TOKENS_PER_ADDRESS')),
    },
    limits: {
      emailsPerMinute: Number(or('EMAILS_PER_MINUTE')),
      smsPerNumber: Number(or('SMS_PER_NUMBER')),
      quietHours: quietHoursOf(or('SMS_QUIET_HOURS')),
      dailyBudget: amountOf(value('SMS_DAILY_BUDGET')),
      timeZone: or('TIME_ZONE'),
    },
    lowCredit: amountOf(value('SMS_LOW_CREDIT')),
    sandbox: {
      standsInFor: production ? new Set() : findStandIns(value, role, publicUrl),
      smtpPort: value('SANDBOX_SMTP_PORT') === undefined ? undefined : Number(or('SANDBOX_SMTP_PORT')),
    },
    realOutsideProduction: real,
  };
}

/** The gateway is a sandbox's: the manifests as they stand, with everybody's secrets, are for trying. */
const isTrial = (value: (name: string) => string | undefined): boolean =>
  value('AFRICA_TALKING_BASE_URL')?.replace(/\/+$/, '').endsWith('/sandbox/africas-talking') ?? false;

const isNeeded = ({ neededBy }: Setting, use: string): boolean =>
  use !== 'sandbox' && (neededBy === undefined || use === 'all' || use === neededBy);

/** Where the API's process is, the sandbox is: its SMS gateway is found by the same address. */
const sandboxMailUrl = (publicUrl: string, port: string): string => `smtp://${new URL(publicUrl).hostname}:${port}`;

const originsOf = (text: string | undefined): Config['corsOrigins'] =>
  text === undefined ? anyLocalhost : text === 'none' ? [] : text.split(',').map((each) => new URL(each.trim()).origin);

const metricsPortOf = (text: string): number | undefined => (text === 'off' ? undefined : Number(text));

const proxiesOf = (text: string): number => (text === 'true' ? 1 : text === 'false' ? 0 : Number(text));

const countriesOf = (text: string): string[] | undefined =>
  text === 'any' ? undefined : text.split(',').map((code) => code.trim());

const countOf = (text: string): number | undefined => (text === 'off' ? undefined : Number(text));

function quietHoursOf(text: string): Limits['quietHours'] {
  if (text === 'none') return undefined;
  const [from = 0, to = 0] = text.split('-').map((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3)));
  return { from, to };
}

function amountOf(text: string | undefined): Limits['dailyBudget'] {
  return text === undefined ? undefined : { currency: text.slice(0, 3), amount: Number(text.slice(4)) };
}

const issuerOf = (issuer: string | undefined, auth0Domain: string | undefined): string | undefined =>
  issuer ?? (auth0Domain === undefined ? undefined : `https://${auth0Domain}/`);

function smsOf(value: (name: string) => string | undefined, shortcode: string, publicUrl: string): Config['sms'] {
  const username = value('AFRICA_TALKING_API_USERNAME');
  const apiKey = value('AFRICA_TALKING_API_KEY');
  const standIn = `${publicUrl}/sandbox/africas-talking`;
  const host = username === 'sandbox' ? 'https://api.sandbox.africastalking.com' : 'https://api.africastalking.com';
  return {
    baseUrl: (value('AFRICA_TALKING_BASE_URL') ?? (apiKey === undefined ? standIn : host)).replace(/\/+$/, ''),
    username: username ?? 'sandbox',
    apiKey: apiKey ?? 'agizo',
    shortcode,
    callbackToken: value('AFRICA_TALKING_CALLBACK_TOKEN') ?? randomBytes(24).toString('base64url'),
  };
}
