// Owns the facts about the issuer's keys: rotation, withdrawal, outages, and how seldom the issuer is asked.

import { afterEach, beforeEach, expect, test } from 'vitest';
import type { VerifyToken } from '../../src/identity/access.ts';
import { createTokenVerifier } from '../../src/identity/tokens.ts';
import { Problem } from '../../src/platform/problem.ts';
import { audience, newSigningKey, startIssuer, type TestIssuer } from '../support/issuer.ts';

let issuer: TestIssuer;
let verify: VerifyToken;
let now: Date;
/** How far the clock was set back, which the one that nobody sets knows nothing of. */
let steppedMs: number;

beforeEach(async () => {
  now = new Date('2026-03-01T08:00:00Z');
  issuer = await startIssuer(() => now);
  steppedMs = 0;
  verify = createTokenVerifier({
    issuer: issuer.url,
    audience,
    scopeCounts: 'machines',
    clock: () => now,
    nowMs: () => now.getTime() + steppedMs,
  });
});

afterEach(() => issuer.stop());

const pass = (ms: number) => {
  now = new Date(now.getTime() + ms);
};
const setBack = (ms: number) => {
  now = new Date(now.getTime() - ms);
  steppedMs += ms;
};
const keyFetches = () => issuer.asked.get('/keys') ?? 0;
const discoveries = () => issuer.asked.get('/.well-known/openid-configuration') ?? 0;
const subjectOf = async (token: string) => (await verify(token)).subject;

async function refusalOf(token: string): Promise<Problem> {
  try {
    await verify(token);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('the token was let in');
}

let tokens = 0;
const sign = (...args: Parameters<TestIssuer['sign']>) => {
  tokens += 1;
  const [claims, ...rest] = args;
  return issuer.sign({ jti: String(tokens), ...claims }, ...rest);
};

test('a token seen before is answered without a promise, until it expires', async () => {
  const token = await sign({ exp: Math.floor(now.getTime() / 1000) + 60 });
  const first = verify(token);
  expect(first).toBeInstanceOf(Promise);
  expect(verify(token)).toBeInstanceOf(Promise);
  const identity = await first;
  expect(verify(token)).toBe(identity);
  pass(59_000);
  expect(verify(token)).toBe(identity);
  pass(12_000);
  expect((await refusalOf(token)).message).toBe('The access token has expired.');
});

test('many first requests at once fetch the keys once', async () => {
  const signed = await Promise.all(Array.from({ length: 50 }, (_, index) => sign({ sub: `user-${index}` })));
  const subjects = await Promise.all(signed.map(subjectOf));
  expect(new Set(subjects).size).toBe(50);
  expect([discoveries(), keyFetches()]).toEqual([1, 1]);
});

test('a rotated key is found by itself, and the one before still works', async () => {
  const before = await sign();
  await subjectOf(before);
  await issuer.rotate();
  pass(11_000);
  expect(await subjectOf(await sign({ sub: 'after' }))).toBe('after');
  expect(await subjectOf(await sign())).toBe('auth0|someone');
  expect(await subjectOf(before)).toBe('auth0|someone');
  expect(keyFetches()).toBe(2);
});

test('tokens with unknown keys ask the issuer once in ten seconds', async () => {
  await subjectOf(await sign());
  const stranger = await newSigningKey('stranger');
  pass(11_000);
  const forged = await Promise.all(Array.from({ length: 30 }, (_, index) => sign({}, `x${index}`, stranger)));
  const refusals = await Promise.all(forged.map(refusalOf));
  expect(refusals.map((refusal) => refusal.type.status)).toEqual(Array.from({ length: 30 }, () => 401));
  expect(keyFetches()).toBe(2);
  pass(9_000);
  await refusalOf(await sign({}, 'y', stranger));
  expect(keyFetches()).toBe(2);
  pass(2_000);
  await refusalOf(await sign({}, 'z', stranger));
  expect(keyFetches()).toBe(3);
});

test('a known key keeps working while the issuer is down, however long', async () => {
  await subjectOf(await sign());
  for (const manner of ['fails', 'lies', 'floods', 'hangs'] as const) {
    issuer.manner = manner;
    pass(24 * 3_600_000);
    expect(await subjectOf(await sign()), manner).toBe('auth0|someone');
  }
  await issuer.stop();
  pass(24 * 3_600_000);
  expect(await subjectOf(await sign())).toBe('auth0|someone');
  issuer = await startIssuer();
});

test('an unknown key while the issuer is down is 503, and passes once it is back', async () => {
  await subjectOf(await sign());
  await issuer.rotate();
  const token = await sign({ sub: 'after' });
  issuer.manner = 'fails';
  pass(11_000);
  const refusal = await refusalOf(token);
  expect([refusal.type.status, refusal.headers['retry-after']]).toEqual([503, '5']);
  issuer.manner = 'well';
  pass(5_000);
  expect(await subjectOf(token)).toBe('after');
});

test('without any key it answers 503 at once, and asks again after five seconds', async () => {
  const token = await sign();
  for (const manner of ['fails', 'lies', 'floods'] as const) {
    issuer.manner = manner;
    const before = discoveries();
    const refusal = await refusalOf(token);
    expect(refusal.type.status, manner).toBe(503);
    expect(refusal.headers['retry-after']).toBe('5');
    await refusalOf(token);
    expect(discoveries(), manner).toBe(before + 1);
    pass(5_000);
  }
  issuer.manner = 'well';
  expect(await subjectOf(token)).toBe('auth0|someone');
});

test('a key that the issuer withdrew stops working, also for tokens seen before', async () => {
  const token = await sign({ exp: Math.floor(now.getTime() / 1000) + 86_400 });
  await subjectOf(token);
  await issuer.rotate();
  issuer.withdrawOldKeys();
  pass(10 * 60_000);
  await subjectOf(token);
  await expect.poll(keyFetches).toBe(2);
  // The look was set off by a use, which the token's own memory of ten minutes outlives.
  const refused = async () => {
    pass(10 * 60_000);
    return (await refusalOf(token)).type.status;
  };
  await expect.poll(refused).toBe(401);
});

test('a withdrawn key stops working after a clock was set back too', async () => {
  const token = await sign({ exp: Math.floor(now.getTime() / 1000) + 10 * 3600 });
  await subjectOf(token);
  await issuer.rotate();
  issuer.withdrawOldKeys();
  setBack(3 * 3600_000);
  pass(10 * 60_000);
  await subjectOf(token);
  await expect.poll(keyFetches).toBe(2);
  const refused = async () => {
    pass(10 * 60_000);
    return (await refusalOf(token)).type.status;
  };
  await expect.poll(refused).toBe(401);
});

test('keys of other kinds, for other uses, or too short are passed over', async () => {
  const weak = await newSigningKey('weak', 1024).catch(() => undefined);
  const encryption = await newSigningKey('encryption');
  issuer.otherKeys = [
    { kty: 'EC', crv: 'P-256', kid: 'ec', x: 'AA', y: 'AA' },
    { kty: 'oct', kid: 'secret', k: 'c2VjcmV0' },
    { ...encryption.jwk, use: 'enc' },
    ...(weak ? [weak.jwk] : []),
    { kty: 'RSA', kid: 'broken', n: 7 },
    null,
    'key',
  ];
  expect(await subjectOf(await sign())).toBe('auth0|someone');
  expect((await refusalOf(await sign({}, undefined, encryption))).type.status).toBe(401);
});

test('a token without a key id is for an issuer with one key', async () => {
  expect(await subjectOf(await sign({}, null))).toBe('auth0|someone');
  await issuer.rotate();
  pass(11_000);
  await subjectOf(await sign());
  expect((await refusalOf(await sign({}, null))).type.status).toBe(401);
});
