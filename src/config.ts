// Owns configuration: the only reader of the environment, which names every bad variable in one error.

import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { isSupportedCountry } from 'libphonenumber-js/min';
import { type Language, languages } from './customers/customer.ts';
import type { Limits } from './notifications/admission.ts';

export interface Config {
  production: boolean;
  port: number;
  host: string;
  /** How the service is reached from outside, without a slash at the end. */
  publicUrl: string;
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
  trustProxy: boolean;
  identity: { issuer: string; audience: string; clientId: string; clientSecret: string };
  sms: { baseUrl: string; username: string; apiKey: string; shortcode: string; callbackToken: string };
  /** `smtpUrl` undefined: the sandbox's own mail server. */
  mail: { smtpUrl: string | undefined; from: string; adminEmails: string[] };
  /** How much is sent, and when. */
  limits: Limits;
  /** Credit at the SMS provider below which staff are told. */
  lowCredit: { amount: number; currency: string } | undefined;
  /** `smtpPort` undefined: the sandbox's mail server is for this process alone, on a free port of this machine. */
  sandbox: { smtpPort: number | undefined };
}

export type Role = 'all' | 'api' | 'worker';

export interface Setting {
  name: string;
  about: string;
  /** What stands in when it is not set, as text for people and for .env.example. */
  fallback: string;
  /** What is wrong with a value, or undefined. */
  check?: (value: string) => string | undefined;
  /** Must be set with NODE_ENV=production: by itself, or one of several. */
  production?: readonly string[];
}

const oneOf =
  (...options: string[]) =>
  (value: string) =>
    options.includes(value) ? undefined : `must be one of ${options.join(', ')}`;

const port = (value: string) =>
  /^[1-9]\d{0,4}$/.test(value) && Number(value) <= 65_535 ? undefined : 'must be a port number from 1 to 65535';

const urlOf =
  (...protocols: string[]) =>
  (value: string) => {
    const ok = URL.canParse(value) && protocols.includes(new URL(value).protocol.slice(0, -1));
    return ok ? undefined : `must be a URL that starts with ${protocols.map((name) => `${name}://`).join(' or ')}`;
  };

const addresses = (value: string) =>
  value.split(',').every((each) => /^[^\s@,]+@[^\s@,]+$/.test(each.trim()))
    ? undefined
    : 'must be e-mail addresses with commas between them';

const currency = (value: string) => {
  const known = /^[A-Z]{3}$/.test(value) && Intl.supportedValuesOf('currency').includes(value);
  return known ? undefined : 'must be an ISO 4217 code such as KES';
};

const region = (value: string) =>
  isSupportedCountry(value) ? undefined : 'must be an ISO 3166 country code such as KE';

const token = (value: string) =>
  /^[\w.~-]{16,128}$/.test(value) ? undefined : 'must be 16 to 128 letters, digits and any of - . _ ~';

const timeZone = (value: string) => {
  const known = Intl.supportedValuesOf('timeZone').includes(value) || value === 'UTC';
  return known ? undefined : 'must be an IANA time zone such as Africa/Nairobi';
};

const amount = (value: string) =>
  /^[A-Z]{3} \d{1,9}(\.\d{1,4})?$/.test(value) ? undefined : 'must be a currency and an amount such as KES 5000';

const count = (value: string) => (/^[1-9]\d{0,5}$/.test(value) ? undefined : 'must be a whole number from 1 to 999999');

const hours = (value: string) =>
  value === 'none' || /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/.test(value)
    ? undefined
    : 'must be two times such as 21:00-07:00, or none';

const domain = (value: string) =>
  /^[a-z0-9.-]+(:\d+)?$/i.test(value) ? undefined : 'must be a host name without https://';

/** Every variable there is: the source of .env.example and of the README's table. */
export const settings: readonly Setting[] = [
  {
    name: 'NODE_ENV',
    about: '`production` turns the sandbox off, and wants everything set that it stands in for',
    fallback: 'development',
    check: oneOf('development', 'test', 'production'),
  },
  { name: 'PORT', about: 'Port of the HTTP server', fallback: '8000', check: port },
  { name: 'HOST', about: 'Address it listens on', fallback: '0.0.0.0' },
  {
    name: 'PUBLIC_URL',
    about: 'How people and providers reach the service',
    fallback: 'http://localhost:PORT',
    check: urlOf('http', 'https'),
  },
  {
    name: 'ROLE',
    about: '`all`, or only `api` (HTTP) or `worker` (messages)',
    fallback: 'all',
    check: oneOf('all', 'api', 'worker'),
  },
  {
    name: 'LOG_LEVEL',
    about: 'From `fatal` to `trace`',
    fallback: 'info',
    check: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
  },
  {
    name: 'METRICS_PORT',
    about: 'Port of `/metrics` for Prometheus, or `off`',
    fallback: '9464 in production, else off',
    check: (value) => (value === 'off' ? undefined : port(value)?.replace(/$/, ', or off')),
  },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    about: 'Where traces go, by OTLP over HTTP; OpenTelemetry’s other variables are heeded too',
    fallback: '',
    check: urlOf('http', 'https'),
  },
  {
    name: 'TRUST_PROXY',
    about: '`true` behind a proxy that sets X-Forwarded-For',
    fallback: 'false',
    check: oneOf('true', 'false'),
  },
  {
    name: 'DATABASE_URL',
    about: 'PostgreSQL 15 to 18',
    fallback: 'PostgreSQL from npm',
    check: urlOf('postgres', 'postgresql'),
    production: ['DATABASE_URL'],
  },
  {
    name: 'DATABASE_REPLICA_URL',
    about: 'A streaming standby: lists are read from it whenever it is up to date',
    fallback: '',
    check: urlOf('postgres', 'postgresql'),
  },
  { name: 'DATA_DIR', about: 'Where the PostgreSQL from npm and the sandbox keep their data', fallback: '.data' },
  { name: 'CURRENCY', about: 'The currency of the store', fallback: 'KES', check: currency },
  {
    name: 'DEFAULT_REGION',
    about: 'The country whose local phone numbers are understood',
    fallback: 'KE',
    check: region,
  },
  {
    name: 'TIME_ZONE',
    about: "The shop's time zone: its days begin at midnight there",
    fallback: 'Africa/Nairobi',
    check: timeZone,
  },
  {
    name: 'DEFAULT_LANGUAGE',
    about: 'Of SMS to customers who have not chosen theirs: `en` for English or `sw` for Swahili',
    fallback: 'en',
    check: oneOf(...languages),
  },
  {
    name: 'AUTH0_DOMAIN',
    about: 'Auth0 tenant; the issuer is https://DOMAIN/',
    fallback: 'the sandbox',
    check: domain,
    production: ['AUTH0_DOMAIN', 'OIDC_ISSUER'],
  },
  {
    name: 'AUTH0_IDENTIFIER',
    about: 'Audience that access tokens must carry',
    fallback: 'https://agizo.test/api',
    production: ['AUTH0_IDENTIFIER'],
  },
  { name: 'AUTH0_CLIENT_ID', about: 'Public client with which /docs/ signs in', fallback: 'agizo' },
  {
    name: 'AUTH0_CLIENT_SECRET',
    about: 'Kept for the .env of earlier versions; not needed to verify tokens',
    fallback: '',
  },
  {
    name: 'OIDC_ISSUER',
    about: 'Any other OpenID Connect issuer, in place of AUTH0_DOMAIN',
    fallback: '',
    check: urlOf('http', 'https'),
  },
  {
    name: 'AFRICA_TALKING_API_USERNAME',
    about: "Africa's Talking user; `sandbox` selects their sandbox host",
    fallback: 'the sandbox',
    production: ['AFRICA_TALKING_API_USERNAME'],
  },
  {
    name: 'AFRICA_TALKING_API_KEY',
    about: "Africa's Talking key",
    fallback: 'the sandbox',
    production: ['AFRICA_TALKING_API_KEY'],
  },
  {
    name: 'AFRICA_TALKING_SHORTCODE',
    about: 'Sender of SMS, and where replies go',
    fallback: '22384',
    production: ['AFRICA_TALKING_SHORTCODE'],
  },
  {
    name: 'AFRICA_TALKING_CALLBACK_TOKEN',
    about: 'Secret in the addresses that Africa’s Talking calls back, see docs/messages.md',
    fallback: 'a new one each start',
    check: token,
    production: ['AFRICA_TALKING_CALLBACK_TOKEN'],
  },
  {
    name: 'AFRICA_TALKING_BASE_URL',
    about: 'Another host that speaks their API',
    fallback: '',
    check: urlOf('http', 'https'),
  },
  {
    name: 'SMTP_URL',
    about: 'Mail server, such as smtps://user:password@host',
    fallback: 'the sandbox',
    check: urlOf('smtp', 'smtps'),
    production: ['SMTP_URL'],
  },
  { name: 'EMAIL_FROM', about: 'Sender of e-mail', fallback: 'Agizo <orders@agizo.test>', production: ['EMAIL_FROM'] },
  {
    name: 'ADMIN_EMAILS',
    about: 'Who gets an e-mail for each new order; commas between',
    fallback: 'staff@agizo.test',
    check: addresses,
    production: ['ADMIN_EMAILS'],
  },
  {
    name: 'EMAILS_PER_MINUTE',
    about: 'E-mails about new orders to one recipient; more are joined into a digest each minute',
    fallback: '20',
    check: count,
  },
  {
    name: 'SMS_PER_NUMBER',
    about: 'SMS an hour to one number; more wait',
    fallback: '20',
    check: count,
  },
  {
    name: 'SMS_QUIET_HOURS',
    about: "When only urgent SMS go out, by the customer's clock; or `none`",
    fallback: '21:00-07:00',
    check: hours,
  },
  {
    name: 'SMS_DAILY_BUDGET',
    about: 'Such as KES 5000: past it only urgent SMS go out that day, and staff get an alarm',
    fallback: '',
    check: amount,
  },
  {
    name: 'SMS_LOW_CREDIT',
    about: "Such as KES 500: staff get an e-mail when less is left at Africa's Talking",
    fallback: '',
    check: amount,
  },
  {
    name: 'SANDBOX_SMTP_PORT',
    about: "Port on which the sandbox's mail server takes mail from other machines",
    fallback: '',
    check: port,
  },
];

const africasTalkingAccount = ['AFRICA_TALKING_API_USERNAME', 'AFRICA_TALKING_API_KEY'];

const productionHint = `
Set them in the environment, or in an .env file made from .env.example (\`docker run --env-file .env\`).
To try Agizo with nothing set, run \`docker compose up\`, or \`npm start\` without NODE_ENV=production.`;

/** Every setting that is wrong or missing, each with what is the matter. */
export class ConfigError extends Error {
  override name = 'ConfigError';

  constructor(problems: string[], hint = '') {
    super(`The configuration is not right:\n${problems.map((problem) => `  ${problem}`).join('\n')}${hint}`);
  }
}

/**
 * Reads the configuration. Outside production, what is not set is stood in for by the sandbox.
 * @throws ConfigError naming every bad or, in production, missing variable
 */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const production = environment['NODE_ENV'] === 'production';
  // An empty variable, as in `PORT=`, is one that is not set.
  const value = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const problems = settings.flatMap((setting) => {
    const given = value(setting.name);
    const wrong = given === undefined ? undefined : setting.check?.(given);
    if (wrong !== undefined) return [`${setting.name} ${wrong}`];
    const missing = production && setting.production && !setting.production.some((name) => value(name) !== undefined);
    return missing ? [`${setting.production?.join(' or ')} must be set in production`] : [];
  });
  const [withName, withKey] = africasTalkingAccount.map((name) => value(name) !== undefined);
  if (!production && withName !== withKey) problems.push(`${africasTalkingAccount.join(' and ')} go together`);
  if (problems.length > 0) throw new ConfigError(problems, production ? productionHint : '');

  const or = (name: string): string => value(name) ?? settings.find((setting) => setting.name === name)?.fallback ?? '';
  const portNumber = Number(or('PORT'));
  const publicUrl = (value('PUBLIC_URL') ?? `http://localhost:${portNumber}`).replace(/\/+$/, '');
  return {
    production,
    port: portNumber,
    host: or('HOST'),
    publicUrl,
    databaseUrl: value('DATABASE_URL'),
    databaseReplicaUrl: value('DATABASE_REPLICA_URL'),
    dataDir: path.resolve(or('DATA_DIR')),
    currency: or('CURRENCY'),
    defaultRegion: or('DEFAULT_REGION'),
    timeZone: or('TIME_ZONE'),
    defaultLanguage: or('DEFAULT_LANGUAGE') as Language,
    role: or('ROLE') as Role,
    logLevel: or('LOG_LEVEL'),
    hasTracing: value('OTEL_EXPORTER_OTLP_ENDPOINT') !== undefined,
    metricsPort: metricsPortOf(value('METRICS_PORT') ?? (production ? '9464' : 'off')),
    trustProxy: or('TRUST_PROXY') === 'true',
    identity: {
      issuer: issuerOf(value('OIDC_ISSUER'), value('AUTH0_DOMAIN')) ?? `${publicUrl}/`,
      audience: or('AUTH0_IDENTIFIER'),
      clientId: or('AUTH0_CLIENT_ID'),
      clientSecret: or('AUTH0_CLIENT_SECRET'),
    },
    sms: smsOf(value, or('AFRICA_TALKING_SHORTCODE'), publicUrl),
    mail: {
      smtpUrl: value('SMTP_URL'),
      from: or('EMAIL_FROM'),
      adminEmails: or('ADMIN_EMAILS')
        .split(',')
        .map((address) => address.trim()),
    },
    limits: {
      emailsPerMinute: Number(or('EMAILS_PER_MINUTE')),
      smsPerNumber: Number(or('SMS_PER_NUMBER')),
      quietHours: quietHoursOf(or('SMS_QUIET_HOURS')),
      dailyBudget: amountOf(value('SMS_DAILY_BUDGET')),
      timeZone: or('TIME_ZONE'),
    },
    lowCredit: amountOf(value('SMS_LOW_CREDIT')),
    sandbox: { smtpPort: value('SANDBOX_SMTP_PORT') === undefined ? undefined : Number(or('SANDBOX_SMTP_PORT')) },
  };
}

const metricsPortOf = (text: string): number | undefined => (text === 'off' ? undefined : Number(text));

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
