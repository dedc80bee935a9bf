// Owns the facts about the gate: which tokens are let in, as whom, and how the others are turned away.

import { createHmac } from 'node:crypto';
import { exportJWK, exportSPKI, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callerOf, guardRoutes } from '../../src/identity/access.ts';
import { identityOf } from '../../src/identity/identity.ts';
import { createTokenVerifier } from '../../src/identity/tokens.ts';
import { type App, createHttp } from '../../src/platform/http.ts';
import { createIds } from '../../src/platform/ids.ts';
import { audience, newSigningKey, startIssuer, type TestIssuer } from '../support/issuer.ts';

let issuer: TestIssuer;
let app: App;

beforeAll(async () => {
  issuer = await startIssuer();
  app = createHttp({
    logger: pino({ level: 'silent' }),
    trustProxy: 0,
    address: { publicUrl: 'http://localhost', isGuessed: false },
    clock: () => new Date(),
    newId: createIds(),
  });
  guardRoutes(
    app,
    createTokenVerifier({
      issuer: issuer.url,
      audience,
      scopeCounts: 'machines',
      clock: () => new Date(),
      nowMs: () => performance.now(),
    }),
  );
  app.get('/open', { config: { access: 'anyone' } }, async () => 'ok');
  app.get('/me', { config: { access: 'user' } }, (request, reply) => {
    const { permissions, ...caller } = callerOf(request);
    return reply.send({ ...caller, permissions: [...permissions] });
  });
  app.get('/customer', { config: { access: 'customer' } }, async () => 'ok');
  app.get('/staff', { config: { access: 'orders:read' } }, async () => 'ok');
});

afterAll(async () => {
  await app.close();
  await issuer.stop();
});

const get = (url: string, authorization?: string) =>
  app.inject({ url, headers: authorization === undefined ? {} : { authorization } });
const getAs = async (url: string, token: string | Promise<string>) => get(url, `Bearer ${await token}`);
const nowSeconds = () => Math.floor(Date.now() / 1000);

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

type Claims = Record<string, unknown>;

const userIdOf = async (claims: Claims) => (await getAs('/me', issuer.sign(claims))).json<{ userId: string }>().userId;
const profileOf = async (claims: Claims) =>
  (await getAs('/me', issuer.sign(claims))).json<{ name?: string; email?: string }>();

async function expectRefused(token: string | Promise<string>, detail?: string): Promise<void> {
  const response = await getAs('/me', token);
  expect(response.statusCode).toBe(401);
  expect(response.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
  expect(response.headers['content-type']).toBe('application/problem+json');
  expect(response.json()).toMatchObject({ type: 'https://agizo.dev/problems/unauthenticated', status: 401 });
  if (detail !== undefined) expect(response.json()).toMatchObject({ detail });
}

const notRs256 = 'The access token must be signed with RS256.';

test('lets in a token of the issuer for this audience', async () => {
  const response = await getAs('/me', issuer.sign({ sub: 'auth0|ann', aud: ['https://other.test', audience] }));
  expect(response.statusCode).toBe(200);
  expect(response.json()).toEqual({
    issuer: issuer.url,
    subject: 'auth0|ann',
    userId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-/),
    isMachine: false,
    permissions: [],
  });
});

test('asks for a token where none, or no bearer token, was sent', async () => {
  for (const authorization of [undefined, '', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a b', 'token']) {
    const response = await get('/me', authorization);
    expect(response.statusCode, authorization).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer');
  }
  expect((await get('/open')).statusCode).toBe(200);
  expect((await get('/open', 'Bearer nonsense')).statusCode).toBe(200);
});

test('takes the word Bearer in any case', async () => {
  const token = await issuer.sign();
  expect((await get('/me', `bearer ${token}`)).statusCode).toBe(200);
});

test('refuses a token for another audience', () => expectRefused(issuer.sign({ aud: 'https://other.test' })));
test('refuses a token without an audience', () => expectRefused(issuer.sign({ aud: [] })));
test('refuses a token of another issuer', () => expectRefused(issuer.sign({ iss: 'https://other.test/' })));
test('refuses the issuer without its slash', () => expectRefused(issuer.sign({ iss: issuer.url.slice(0, -1) })));

test('refuses an expired token after ten seconds of grace', async () => {
  await expectRefused(issuer.sign({ exp: nowSeconds() - 12 }));
  expect((await getAs('/me', issuer.sign({ exp: nowSeconds() - 5 }))).statusCode).toBe(200);
});

test('refuses a token before its time, with ten seconds of grace', async () => {
  await expectRefused(issuer.sign({ nbf: nowSeconds() + 15 }));
  expect((await getAs('/me', issuer.sign({ nbf: nowSeconds() + 5 }))).statusCode).toBe(200);
});

test('refuses a token that never expires', () => expectRefused(issuer.sign({ exp: undefined })));

test('refuses an unsigned token', () => {
  const claims = { iss: issuer.url, aud: audience, sub: 'auth0|ann', exp: nowSeconds() + 60 };
  return expectRefused(new UnsecuredJWT(claims).encode(), notRs256);
});

test('refuses HS256 with the public key as the secret', async () => {
  const { kid, jwk } = issuer.current();
  const publicKey = await importJWK(jwk, 'RS256', { extractable: true });
  if (publicKey instanceof Uint8Array) throw new Error('not a public key');
  for (const secret of [await exportSPKI(publicKey), JSON.stringify(await exportJWK(publicKey))]) {
    const claims = { iss: issuer.url, aud: audience, sub: 'auth0|ann', exp: nowSeconds() + 60 };
    const signed = `${encode({ alg: 'HS256', kid })}.${encode(claims)}`;
    await expectRefused(`${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`, notRs256);
  }
});

test('refuses RSA signatures other than RS256', async () => {
  const { jwk, kid, privateKey } = issuer.current();
  expect(jwk.alg).toBe('RS256');
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', privateKey);
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }, false, [
    'sign',
  ]);
  const claims = { iss: issuer.url, aud: audience, sub: 'auth0|ann', exp: nowSeconds() + 60 };
  await expectRefused(new SignJWT(claims).setProtectedHeader({ alg: 'RS512', kid }).sign(key), notRs256);
});

test('refuses a signature by a stranger under a known key id', async () => {
  const stranger = await newSigningKey(issuer.current().kid);
  await expectRefused(issuer.sign({}, undefined, stranger));
});

test('refuses a token that was altered', async () => {
  const [header, payload, signature] = (await issuer.sign()).split('.');
  const claims: object = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString());
  const altered = encode({ ...claims, permissions: ['orders:read'] });
  await expectRefused(`${header}.${altered}.${signature}`);
});

test('refuses garbage', async () => {
  const header = Buffer.from('{"alg":"RS256","kid":"key-1"}').toString('base64url');
  const garbage = [
    'x',
    '.',
    '..',
    'a.b.c',
    `${header}..`,
    `${header}.e30.`,
    `${header}.e30.AAAA`,
    'é.é.é',
    'a.b.c.d.e',
  ];
  for (const token of [...garbage, '\u{7f}'.repeat(20), 'null', '{}', `${header}.bnVsbA.AAAA`])
    await expectRefused(token);
});

test('refuses a token of more than 16 kB', async () => {
  await expectRefused(issuer.sign({ padding: 'x'.repeat(16_000) }));
  await expectRefused('a'.repeat(20_000));
});

test('refuses a subject that is missing, empty, too long or not storable', async () => {
  for (const sub of [undefined, '', 'x'.repeat(256), 'a\u0000b', '\ud800']) await expectRefused(issuer.sign({ sub }));
});

test('knows the same person by issuer and subject alone', async () => {
  const ann = await userIdOf({ sub: 'auth0|ann', email: 'ann@example.com' });
  expect(await userIdOf({ sub: 'auth0|ann', email: 'new@example.com' })).toBe(ann);
  expect(await userIdOf({ sub: 'auth0|bob', email: 'ann@example.com' })).not.toBe(ann);
});

const machineClaims = { sub: 'robot@clients', gty: 'client-credentials' };

test.each<[whose: string, claims: Record<string, unknown>, permissions: string[]]>([
  ['a person with permissions', { permissions: ['orders:read'] }, ['orders:read']],
  ['one who may do what is unknown', { permissions: ['orders:read', 'rule:world', 7] }, ['orders:read']],
  ['one with no permission', { permissions: [], scope: 'openid customers:read' }, []],
  ['one with other permissions', { permissions: ['orders:read'], scope: 'customers:read' }, ['orders:read']],
  ['one with a scope alone', { scope: 'openid profile customers:read orders:manage' }, []],
  ['one whose permissions are no list', { permissions: { 'orders:read': true }, scope: 'orders:read' }, []],
  ['one whose permissions are a text', { permissions: 'orders:read', scope: 'orders:read' }, []],
  ['one whose permissions are null', { permissions: null, scope: 'orders:read' }, []],
  [
    'a machine with a scope',
    { ...machineClaims, scope: 'openid catalog:write  orders:read' },
    ['catalog:write', 'orders:read'],
  ],
  ['a machine by its name alone', { sub: 'robot@clients', scope: 'orders:read' }, ['orders:read']],
  [
    'a machine with permissions too',
    { ...machineClaims, permissions: ['orders:read'], scope: 'orders:read catalog:write' },
    ['orders:read'],
  ],
  ['a machine with no permission', { ...machineClaims, permissions: [], scope: 'orders:read' }, []],
  ['a machine whose scope is no text', { ...machineClaims, scope: ['orders:read'] }, []],
])('what the token says %s may do', async (_whose, claims, expected) => {
  expect((await getAs('/me', issuer.sign(claims))).json()).toMatchObject({ permissions: expected });
});

test('the scope of a person counts where it is said to', () => {
  const scope = { sub: 'auth0|ann', scope: 'openid orders:read' };
  expect([...(identityOf('https://issuer.test/', scope, 'everybody')?.permissions ?? [])]).toEqual(['orders:read']);
  const listed = { ...scope, permissions: [] };
  expect(identityOf('https://issuer.test/', listed, 'everybody')?.permissions.size).toBe(0);
});

test('lets staff in by permission, person or machine', async () => {
  const refused = await getAs('/staff', issuer.sign());
  expect(refused.statusCode).toBe(403);
  expect(refused.headers['www-authenticate']).toBe('Bearer error="insufficient_scope", scope="orders:read"');
  expect((await getAs('/staff', issuer.sign({ permissions: ['orders:read'] }))).statusCode).toBe(200);
  const machine = issuer.sign({ sub: 'robot@clients', gty: 'client-credentials', scope: 'orders:read' });
  expect((await getAs('/staff', machine)).statusCode).toBe(200);
});

test('keeps machines from acting as customers, however they are marked', async () => {
  for (const claims of [{ sub: 'robot@clients' }, { sub: 'robot', gty: 'client-credentials' }]) {
    expect((await getAs('/customer', issuer.sign(claims))).statusCode).toBe(403);
  }
  expect((await getAs('/customer', issuer.sign())).statusCode).toBe(200);
});

test('reads name and e-mail from plain and namespaced claims', async () => {
  expect(await profileOf({ name: ' Ann ', email: 'ann@example.com' })).toMatchObject({
    name: 'Ann',
    email: 'ann@example.com',
  });
  const namespaced = { 'https://shop.test/claims/name': 'Ann', 'https://shop.test/claims/email': 'ann@example.com' };
  expect(await profileOf(namespaced)).toMatchObject({ name: 'Ann', email: 'ann@example.com' });
  expect((await profileOf({ 'shop/name': 'Ann' })).name).toBeUndefined();
  for (const name of ['', '  ', 7, null, {}, 'a\u0000b', '\udfff'])
    expect((await profileOf({ name })).name).toBeUndefined();
  for (const email of ['', 'nobody', 7, 'a b@c.d', `${'x'.repeat(320)}@a.b`])
    expect((await profileOf({ email })).email).toBeUndefined();
});

test('shortens a long name without cutting a character in half', async () => {
  const { name } = (await getAs('/me', issuer.sign({ name: `a${'😀'.repeat(300)}` }))).json<{ name: string }>();
  expect(name).toBe(`a${'😀'.repeat(199)}`);
});

test('does not start with a route that says nothing about access', () => {
  const fresh = createHttp({
    logger: pino({ level: 'silent' }),
    trustProxy: 0,
    address: { publicUrl: 'http://localhost', isGuessed: false },
    clock: () => new Date(),
    newId: createIds(),
  });
  guardRoutes(fresh, () => {
    throw new Error('not reached');
  });
  expect(() => fresh.get('/forgotten', async () => 'ok')).toThrow('GET /forgotten does not say who may call it');
});
