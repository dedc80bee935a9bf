// Owns the facts about configuration.

import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig, type Use } from '../../src/config.ts';
import { settings } from '../../src/settings.ts';

/** A value that is accepted. */
const exampleOf = (name: string): string =>
  name.endsWith('_URL') || name === 'OIDC_ISSUER'
    ? `${name === 'SMTP_URL' ? 'smtp' : name === 'DATABASE_URL' ? 'postgres' : 'https'}://shop.test/`
    : name === 'AUTH0_DOMAIN'
      ? 'shop.test'
      : 'shop-with-a-long-name@shop.test'.slice(0, name.includes('TOKEN') ? 16 : undefined);

function refusalOf(environment: Record<string, string | undefined>, use?: Use): string {
  try {
    readConfig(environment, use);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('was accepted');
}

test('nothing set is enough: the sandbox stands in for the outside world', () => {
  const config = readConfig({});
  expect(config).toMatchObject({
    production: false,
    port: 8000,
    publicUrl: 'http://localhost:8000',
    databaseUrl: undefined,
    currency: 'KES',
    defaultRegion: 'KE',
    role: 'all',
    identity: { issuer: 'http://localhost:8000/' },
    sms: { baseUrl: 'http://localhost:8000/sandbox/africas-talking' },
    mail: { smtpUrl: undefined },
    host: '127.0.0.1',
    sandbox: { standsInFor: new Set(['issuer', 'sms', 'mail']), smtpPort: undefined },
    realOutsideProduction: [],
  });
});

test('an empty variable is one that is not set', () => {
  expect(readConfig({ PORT: '', CURRENCY: ' ' })).toMatchObject({ port: 8000, currency: 'KES' });
});

test('there are metrics in production, unless they are off, and elsewhere where a port is set', () => {
  const portOf = (environment: Record<string, string>) => readConfig(environment).metricsPort;
  const production = Object.fromEntries(
    settings.flatMap(({ production: names = [] }) => names.map((name) => [name, exampleOf(name)])),
  );
  expect(portOf({})).toBeUndefined();
  expect(portOf({ METRICS_PORT: '9500' })).toBe(9500);
  expect(portOf({ ...production, NODE_ENV: 'production' })).toBe(9464);
  expect(portOf({ ...production, NODE_ENV: 'production', METRICS_PORT: 'off' })).toBeUndefined();
});

test('every bad value is named at once', () => {
  const bad = {
    PORT: '70000',
    PUBLIC_URL: 'shop.example',
    ROLE: 'boss',
    LOG_LEVEL: 'loud',
    METRICS_PORT: '0',
    TRUST_PROXY: 'yes',
    DATABASE_URL: 'mysql://localhost',
    CURRENCY: 'XXZ',
    DEFAULT_REGION: 'Kenya',
    TIME_ZONE: 'Nairobi',
    DEFAULT_LANGUAGE: 'fr',
    AUTH0_DOMAIN: 'https://shop.auth0.com/',
    OIDC_ISSUER: 'issuer',
    AFRICA_TALKING_BASE_URL: 'ftp://x',
    AFRICA_TALKING_CALLBACK_TOKEN: 'short',
    SMTP_URL: 'http://mail',
    ADMIN_EMAILS: 'staff',
    SANDBOX_SMTP_PORT: '0',
  };
  const message = refusalOf(bad);
  for (const name of Object.keys(bad)) expect(message).toContain(`${name} must be`);
});

test('production names everything that is missing in one message', () => {
  const message = refusalOf({ NODE_ENV: 'production' });
  for (const name of [
    'DATABASE_URL',
    'AUTH0_DOMAIN or OIDC_ISSUER',
    'AUTH0_IDENTIFIER',
    'AFRICA_TALKING_API_KEY',
    'AFRICA_TALKING_API_USERNAME',
    'AFRICA_TALKING_SHORTCODE',
    'AFRICA_TALKING_CALLBACK_TOKEN',
    'SMTP_URL',
    'EMAIL_FROM',
    'ADMIN_EMAILS',
  ]) {
    expect(message).toContain(`${name} must be set`);
  }
  expect(message).toContain('docker compose up');
});

describe('each asks in production for what it uses, and for nothing else:', () => {
  const database = ['DATABASE_URL'];
  const api = ['AUTH0_DOMAIN or OIDC_ISSUER', 'AUTH0_IDENTIFIER', 'AFRICA_TALKING_CALLBACK_TOKEN'];
  const account = ['AFRICA_TALKING_API_USERNAME', 'AFRICA_TALKING_API_KEY', 'AFRICA_TALKING_SHORTCODE'];
  const worker = [...account, 'SMTP_URL', 'EMAIL_FROM', 'ADMIN_EMAILS'];

  const missing = (use?: Use, role?: string) =>
    refusalOf({ NODE_ENV: 'production', ...(role && { ROLE: role }) }, use).match(
      /[A-Z0-9_]+(?: or \w+)?(?= must be)/g,
    );

  test.each<[string, Use | undefined, string | undefined, string[]]>([
    ['a command on the database', 'database', undefined, database],
    ['ROLE=api', undefined, 'api', [...database, ...api]],
    ['ROLE=worker', undefined, 'worker', [...database, ...worker]],
    ['a worker, whatever ROLE says', 'worker', 'all', [...database, ...worker]],
    ['the whole', undefined, undefined, [...database, ...api, ...worker]],
  ])('%s', (_who, use, role, names) => {
    expect(missing(use, role)?.toSorted()).toEqual(names.toSorted());
  });

  test('what is refused in production gets as far as that', () => {
    expect(readConfig({ NODE_ENV: 'production' }, 'sandbox').production).toBe(true);
  });
});

describe('outside production a worker by itself', () => {
  test('needs to be told of a mailbox, since the sandbox is in the API’s process', () => {
    expect(refusalOf({ ROLE: 'worker' })).toContain('SMTP_URL or SANDBOX_SMTP_PORT must be set for a worker by itself');
    expect(refusalOf({}, 'worker')).toContain('SANDBOX_SMTP_PORT=1025');
  });

  test('mails to the sandbox of the API’s process, where PUBLIC_URL is, or to SMTP_URL', () => {
    const smtpUrl = (more: Record<string, string>) => readConfig({ ROLE: 'worker', ...more }).mail.smtpUrl;
    expect(smtpUrl({ SANDBOX_SMTP_PORT: '1025' })).toBe('smtp://localhost:1025');
    expect(smtpUrl({ SANDBOX_SMTP_PORT: '1025', PUBLIC_URL: 'http://api:9000' })).toBe('smtp://api:1025');
    expect(smtpUrl({ SANDBOX_SMTP_PORT: '1025', SMTP_URL: 'smtp://localhost:25' })).toBe('smtp://localhost:25');
  });
});

/** All that the sandbox would stand in for. */
const real = {
  AUTH0_DOMAIN: 'shop.eu.auth0.com',
  AFRICA_TALKING_API_USERNAME: 'shop',
  AFRICA_TALKING_API_KEY: 'key',
  AFRICA_TALKING_CALLBACK_TOKEN: '5f1b0c9a7d3e482b6a90',
  SMTP_URL: 'smtps://shop:word@mail.example',
};

describe('the outside world', () => {
  test('an Auth0 domain gives the issuer with its slash, and any other issuer comes first', () => {
    expect(readConfig({ ...real, AUTH0_DOMAIN: 'shop.eu.auth0.com' }).identity.issuer).toBe(
      'https://shop.eu.auth0.com/',
    );
    const both = { ...real, AUTH0_DOMAIN: 'shop.eu.auth0.com', OIDC_ISSUER: 'https://id.example/realms/shop' };
    expect(readConfig(both).identity.issuer).toBe('https://id.example/realms/shop');
  });

  test('the user name "sandbox" selects the sandbox of Africa’s Talking, any other the real thing', () => {
    const account = (name: string) =>
      readConfig({ ...real, AFRICA_TALKING_API_USERNAME: name, AFRICA_TALKING_API_KEY: 'k' }).sms.baseUrl;
    expect(account('sandbox')).toBe('https://api.sandbox.africastalking.com');
    expect(account('shop')).toBe('https://api.africastalking.com');
  });
});

test('outside production the token of callbacks is a new one each start', () => {
  const tokens = [readConfig({}), readConfig({})].map((config) => config.sms.callbackToken);
  expect(tokens[0]).toMatch(/^[\w-]{32}$/);
  expect(tokens[0]).not.toBe(tokens[1]);
});

test('.env.example names every setting and nothing else, and is accepted as it stands', () => {
  const text = readFileSync('.env.example', 'utf8');
  const names = [...text.matchAll(/^#?\s?([A-Z][A-Z0-9_]+)=/gm)].map((match) => match[1]);
  expect(new Set(names)).toEqual(new Set(settings.map((setting) => setting.name)));
  expect(names).toHaveLength(settings.length);
  expect(() => readConfig(parseEnv(text))).not.toThrow();
  const whole = parseEnv(text.replace(/^#([A-Z][A-Z0-9_]+=)/gm, '$1'));
  expect(refusalOf(whole).match(/^ {2}[A-Z]\w+/gm)).toEqual(['  AFRICA_TALKING_CALLBACK_TOKEN']);
  expect(() => readConfig({ ...whole, ...real })).not.toThrow();
});

describe('with NODE_ENV forgotten', () => {
  const everything = readConfig(real);
  test('nothing stands in beside what is real', () => {
    expect(everything.sandbox.standsInFor).toEqual(new Set());
    expect(everything.realOutsideProduction).toEqual(Object.keys(real));
    expect(everything.host).toBe('127.0.0.1');
  });

  test.each([
    [{ AUTH0_DOMAIN: 'shop.eu.auth0.com' }, ['AFRICA_TALKING_API_KEY or AFRICA_TALKING_BASE_URL', 'SMTP_URL']],
    [{ OIDC_ISSUER: 'https://id.example/' }, ['AFRICA_TALKING_API_KEY or AFRICA_TALKING_BASE_URL', 'SMTP_URL']],
    [{ AFRICA_TALKING_API_USERNAME: 'shop', AFRICA_TALKING_API_KEY: 'k' }, ['AUTH0_DOMAIN or OIDC_ISSUER', 'SMTP_URL']],
    [
      { AFRICA_TALKING_API_USERNAME: 'sandbox', AFRICA_TALKING_API_KEY: 'k' },
      ['AUTH0_DOMAIN or OIDC_ISSUER', 'SMTP_URL'],
    ],
    [{ AFRICA_TALKING_BASE_URL: 'https://sms.example' }, ['AUTH0_DOMAIN or OIDC_ISSUER', 'SMTP_URL']],
    [
      { SMTP_URL: 'smtps://mail.example' },
      ['AUTH0_DOMAIN or OIDC_ISSUER', 'AFRICA_TALKING_API_KEY or AFRICA_TALKING_BASE_URL'],
    ],
    [
      { AFRICA_TALKING_CALLBACK_TOKEN: '5f1b0c9a7d3e482b6a90' },
      ['AUTH0_DOMAIN or OIDC_ISSUER', 'AFRICA_TALKING_API_KEY or AFRICA_TALKING_BASE_URL', 'SMTP_URL'],
    ],
    [{ ROLE: 'api', SMTP_URL: 'smtps://mail.example' }, ['AUTH0_DOMAIN or OIDC_ISSUER']],
    [{ ROLE: 'worker', SMTP_URL: 'smtps://mail.example' }, ['AFRICA_TALKING_API_KEY or AFRICA_TALKING_BASE_URL']],
  ])('%o wants the rest to be set, for nothing stands in for it', (environment, names) => {
    const message = refusalOf(environment);
    expect(message.match(/^ {2}.*(?= must be set)/gm)?.map((line) => line.trim())).toEqual(names);
    expect(message).toContain('NODE_ENV=production');
  });

  test.each<[Record<string, string>, string[]]>([
    [{}, ['issuer', 'sms', 'mail']],
    [{ HOST: '0.0.0.0', PUBLIC_URL: 'http://sandbox:8000' }, ['issuer', 'sms', 'mail']],
    [{ OIDC_ISSUER: 'http://localhost:8080/realms/shop' }, ['sms', 'mail']],
    [{ SMTP_URL: 'smtp://127.0.0.1:1025' }, ['issuer', 'sms']],
    [{ AFRICA_TALKING_BASE_URL: 'http://[::1]:8001/sandbox/africas-talking/' }, ['issuer', 'mail']],
    [{ AFRICA_TALKING_BASE_URL: 'http://localhost:8000/sandbox/africas-talking/' }, ['issuer', 'sms', 'mail']],
    [{ PUBLIC_URL: 'http://box:8000', OIDC_ISSUER: 'http://box:8000/' }, ['issuer', 'sms', 'mail']],
    [
      { PUBLIC_URL: 'http://box:8000/', AFRICA_TALKING_BASE_URL: 'http://box:8000/sandbox/africas-talking/' },
      ['issuer', 'sms', 'mail'],
    ],
    [{ ROLE: 'worker', SANDBOX_SMTP_PORT: '1025' }, []],
  ])('%o is a developer’s own, and the sandbox stands in for the rest', (environment, standIns) => {
    expect(readConfig(environment).sandbox.standsInFor).toEqual(new Set(standIns));
  });

  test.each(['database', 'sandbox'] as const)('a command on the %s asks for nothing', (use) => {
    expect(() => readConfig({ AUTH0_DOMAIN: 'shop.eu.auth0.com' }, use)).not.toThrow();
  });
});

describe('a callback secret', () => {
  const examples = ['replace-by-48-random-characters', 'a-long-random-text', 'change-me-change-me', 'x'.repeat(32)];
  const manifest = readFileSync('k8s/11-secret.yaml', 'utf8').match(/CALLBACK_TOKEN: (.*)/)?.[1] ?? '';

  test.each([...examples, manifest])('that everybody knows is refused: %s', (token) => {
    const production = Object.fromEntries(
      settings.flatMap(({ production: names = [] }) => names.map((name) => [name, exampleOf(name)])),
    );
    const environment = { ...production, AFRICA_TALKING_CALLBACK_TOKEN: token };
    const refused = 'AFRICA_TALKING_CALLBACK_TOKEN must be a secret of your own';
    expect(refusalOf({ ...environment, NODE_ENV: 'production' })).toContain(refused);
    expect(refusalOf({ ...environment, NODE_ENV: 'production', ROLE: 'api' })).toContain(refused);
    expect(refusalOf({ ...real, AFRICA_TALKING_CALLBACK_TOKEN: token })).toContain(refused);
  });

  test('of the manifests is good for trying them as they stand, with the sandbox as the gateway', () => {
    const production = Object.fromEntries(
      settings.flatMap(({ production: names = [] }) => names.map((name) => [name, exampleOf(name)])),
    );
    const gateway = 'http://sandbox:8000/sandbox/africas-talking';
    const trial = { AFRICA_TALKING_CALLBACK_TOKEN: manifest, AFRICA_TALKING_BASE_URL: gateway };
    expect(readConfig({ ...production, ...trial, NODE_ENV: 'production' }).host).toBe('0.0.0.0');
  });
});
