// Owns the settings: every environment variable there is, what it is for, and what makes a value a bad one.

import { boundSettings } from './bound-settings.ts';
import { languages } from './customers/customer.ts';
import {
  addresses,
  currency,
  domain,
  oneOf,
  port,
  region,
  type Setting,
  timeZone,
  token,
  urlOf,
} from './setting-checks.ts';

const isOrigin = (text: string) => URL.canParse(text.trim()) && /^https?:\/\/[^/?#@*]+\/?$/i.test(text.trim());

/** Every variable there is: the source of .env.example and of the README's table. */
export const settings: readonly Setting[] = [
  {
    name: 'NODE_ENV',
    about: '`production` turns the sandbox off, and wants everything set that it stands in for',
    fallback: 'development',
    check: oneOf('development', 'test', 'production'),
  },
  { name: 'PORT', about: 'Port of the HTTP server', fallback: '8000', check: port },
  {
    name: 'HOST',
    about: 'Address it listens on; 0.0.0.0 is every one of this machine',
    fallback: '0.0.0.0 in production, else 127.0.0.1',
  },
  {
    name: 'PUBLIC_URL',
    about:
      'How people and providers reach the service; a path is kept. Links in answers follow the host that was asked when it is not set',
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
    name: 'CORS_ORIGINS',
    about: 'Origins of pages that may call the API, such as https://shop.example, with commas between; or `none`',
    fallback: 'none in production, else any http://localhost:PORT',
    check: (value) =>
      value === 'none' || value.split(',').every(isOrigin)
        ? undefined
        : 'must be origins such as https://shop.example with commas between, or none',
  },
  {
    name: 'TRUST_PROXY',
    about: '`true` behind a proxy that sets X-Forwarded-For, -Host and -Proto, or how many proxies in a row do',
    fallback: 'false',
    check: oneOf('true', 'false', '1', '2', '3', '4', '5'),
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
    neededBy: 'api',
  },
  {
    name: 'AUTH0_IDENTIFIER',
    about: 'Audience that access tokens must carry',
    fallback: 'https://agizo.test/api',
    production: ['AUTH0_IDENTIFIER'],
    neededBy: 'api',
  },
  { name: 'AUTH0_CLIENT_ID', about: 'Public client with which /docs/ and /console/ sign in', fallback: 'agizo' },
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
    name: 'SCOPE_COUNTS',
    about:
      'Whose `scope` gives staff rights where a token has no `permissions`: `machines`, or `everybody` if the issuer gives people only what they may have',
    fallback: 'machines',
    check: oneOf('machines', 'everybody'),
  },
  {
    name: 'AFRICA_TALKING_API_USERNAME',
    about: "Africa's Talking user; `sandbox` selects their sandbox host",
    fallback: 'the sandbox',
    production: ['AFRICA_TALKING_API_USERNAME'],
    neededBy: 'worker',
  },
  {
    name: 'AFRICA_TALKING_API_KEY',
    about: "Africa's Talking key",
    fallback: 'the sandbox',
    production: ['AFRICA_TALKING_API_KEY'],
    neededBy: 'worker',
  },
  {
    name: 'AFRICA_TALKING_SHORTCODE',
    about: 'Sender of SMS, and where replies go',
    fallback: '22384',
    production: ['AFRICA_TALKING_SHORTCODE'],
    neededBy: 'worker',
  },
  {
    name: 'AFRICA_TALKING_CALLBACK_TOKEN',
    about: 'Secret in the addresses that Africa’s Talking calls back, see docs/messages.md',
    fallback: 'a new one each start',
    check: token,
    production: ['AFRICA_TALKING_CALLBACK_TOKEN'],
    neededBy: 'api',
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
    neededBy: 'worker',
  },
  {
    name: 'EMAIL_FROM',
    about: 'Sender of e-mail',
    fallback: 'Agizo <orders@agizo.test>',
    production: ['EMAIL_FROM'],
    neededBy: 'worker',
  },
  {
    name: 'ADMIN_EMAILS',
    about: 'Who gets an e-mail for each new order; commas between',
    fallback: 'staff@agizo.test',
    check: addresses,
    production: ['ADMIN_EMAILS'],
    neededBy: 'worker',
  },
  ...boundSettings,
  {
    name: 'SANDBOX_SMTP_PORT',
    about: "Port on which the sandbox's mail server takes mail from other processes, such as a worker's",
    fallback: '',
    check: port,
  },
];
