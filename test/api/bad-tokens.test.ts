// Owns the facts about tokens that are not right: each is refused, asked for, and changes nothing.

import { generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ExpectRefusal, refusalsOf } from '../support/refusals.ts';
import { type Service, startService } from '../support/service.ts';
import { openShop } from '../support/shop.ts';

let service: Service;
let product: string;
let expectRefusal: ExpectRefusal;

beforeAll(async () => {
  service = await startService({ worker: false });
  expectRefusal = refusalsOf(service);
  product = (await (await openShop(service)).makeProduct({ stock: 100 })).id;
});

afterAll(() => service.stop());

const item = (quantity: unknown) => ({ items: [{ product, quantity }], phone_number: '+254712345678' });
const claims = () => ({
  sub: 'auth0|somebody',
  iss: service.config.identity.issuer,
  aud: service.config.identity.audience,
});
const nowS = () => Math.floor(Date.now() / 1000);
const withToken = (token: string) => () => service.request('POST', '/api/v1/orders/', { token, body: item(1) });

async function refuses(token: string): Promise<void> {
  await expectRefusal(withToken(token), 401);
  const answer = await withToken(token)();
  expect(answer.headers.get('www-authenticate')).toContain('Bearer');
}

const signed = (parts: Record<string, unknown>) =>
  service.sandbox.keys.sign({ ...claims(), iat: nowS(), exp: nowS() + 60, ...parts });

test('a token that is right is let in', async () => {
  expect((await withToken(await signed({}))()).status).toBe(201);
});

test('a token that has expired is refused', async () => refuses(await signed({ iat: nowS() - 120, exp: nowS() - 60 })));
test('a token for another audience is refused', async () => refuses(await signed({ aud: 'https://other.test' })));
test('a token from another issuer is refused', async () => refuses(await signed({ iss: 'https://other.test/' })));

test('a token signed with HS256 and the public key as its secret is refused', async () => {
  const { body } = await service.request('GET', '/.well-known/jwks.json');
  const secret = new TextEncoder().encode(JSON.stringify(body.keys[0]));
  const header = { alg: 'HS256', kid: body.keys[0].kid };
  await refuses(await new SignJWT(claims()).setProtectedHeader(header).setExpirationTime('1m').sign(secret));
});

test('a token without a signature is refused', async () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  await refuses(`${part({ alg: 'none' })}.${part({ ...claims(), exp: nowS() + 60 })}.`);
});

test('a token of an unknown key is refused', async () => {
  const { privateKey } = await generateKeyPair('RS256');
  const header = { alg: 'RS256', kid: 'unknown' };
  await refuses(await new SignJWT(claims()).setProtectedHeader(header).setExpirationTime('1m').sign(privateKey));
});

test('a token that is missing is asked for', async () => {
  const answer = await service.request('GET', '/api/v1/orders/');
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toContain('Bearer');
});
