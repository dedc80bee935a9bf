// Owns the facts about names and e-mails: claims first, /userinfo once, the subject last.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Identity, identityOf } from '../../src/identity/identity.ts';
import { createProfiles, type FindProfile } from '../../src/identity/userinfo.ts';
import { startIssuer, type TestIssuer } from '../support/issuer.ts';

let issuer: TestIssuer;
let findProfile: FindProfile;
let now: Date;

beforeEach(async () => {
  now = new Date('2026-03-01T08:00:00Z');
  issuer = await startIssuer();
  findProfile = createProfiles({ issuer: issuer.url, nowMs: () => now.getTime() });
  issuer.userinfo = { status: 200, body: { sub: 'auth0|ann', name: 'Ann', email: 'ann@example.com' } };
});

afterEach(() => issuer.stop());

const pass = (ms: number) => {
  now = new Date(now.getTime() + ms);
};
const asked = () => issuer.asked.get('/userinfo') ?? 0;
const nameless = { name: 'auth0|ann', email: '' };

function caller(claims: object = {}): Identity {
  const identity = identityOf(issuer.url, { sub: 'auth0|ann', ...claims }, 'machines');
  if (!identity) throw new Error('no identity');
  return identity;
}

test('claims are taken as they are seen', () => {
  expect(caller({ name: 'Ann\u202e\u200b evil', email: '\u2066ann@example.com\u2069' })).toMatchObject({
    name: 'Ann evil',
    email: 'ann@example.com',
  });
  expect(caller({ name: '\u200b\ufeff', email: '\u200b' })).toMatchObject({ name: undefined, email: undefined });
});

test('claims are enough', async () => {
  const profile = await findProfile(caller({ name: 'Anna', email: 'anna@example.com' }), 'Bearer x');
  expect(profile).toEqual({ name: 'Anna', email: 'anna@example.com' });
  expect(asked()).toBe(0);
});

test('/userinfo fills what the claims lack, once for many requests', async () => {
  const profiles = await Promise.all(Array.from({ length: 20 }, () => findProfile(caller(), 'Bearer x')));
  for (const profile of profiles) expect(profile).toEqual({ name: 'Ann', email: 'ann@example.com' });
  expect(await findProfile(caller({ email: 'own@example.com' }), 'Bearer x')).toEqual({
    name: 'Ann',
    email: 'own@example.com',
  });
  expect(asked()).toBe(1);
  pass(3_600_001);
  await findProfile(caller(), 'Bearer x');
  expect(asked()).toBe(2);
});

test('without either, the name is the subject and the e-mail empty', async () => {
  issuer.userinfo = { status: 200, body: { sub: 'auth0|ann' } };
  expect(await findProfile(caller(), 'Bearer x')).toEqual(nameless);
});

test('an answer about somebody else is not used', async () => {
  issuer.userinfo = { status: 200, body: { sub: 'auth0|bob', name: 'Bob' } };
  expect(await findProfile(caller(), 'Bearer x')).toEqual(nameless);
});

test('a machine is nobody, and /userinfo is not asked', async () => {
  const profile = await findProfile(caller({ sub: 'robot@clients' }), 'Bearer x');
  expect(profile).toEqual({ name: 'robot@clients', email: '' });
  expect(asked()).toBe(0);
});

test('a refused token is remembered as an answer', async () => {
  issuer.userinfo = { status: 403, body: {} };
  expect(await findProfile(caller(), 'Bearer x')).toEqual(nameless);
  pass(120_000);
  expect(await findProfile(caller(), 'Bearer x')).toEqual(nameless);
  expect(asked()).toBe(1);
});

test('after a failure nobody waits for ten seconds, and the one it failed for not for a minute', async () => {
  issuer.userinfo = { status: 503, body: {} };
  expect(await findProfile(caller(), 'Bearer x')).toEqual(nameless);
  issuer.userinfo = { status: 200, body: { sub: 'auth0|ann', name: 'Ann' } };
  expect(await findProfile(caller({ sub: 'auth0|bob' }), 'Bearer x')).toEqual({ name: 'auth0|bob', email: '' });
  expect(asked()).toBe(1);
  pass(30_000);
  expect(await findProfile(caller(), 'Bearer x')).toEqual(nameless);
  expect(asked()).toBe(1);
  pass(31_000);
  expect(await findProfile(caller(), 'Bearer x')).toEqual({ name: 'Ann', email: '' });
});

test('an issuer that hangs costs two seconds, once', async () => {
  issuer.manner = 'hangs';
  const start = performance.now();
  expect(await findProfile(caller(), 'Bearer x')).toEqual(nameless);
  const first = performance.now() - start;
  expect(first).toBeGreaterThan(1_500);
  expect(first).toBeLessThan(3_500);
  expect(await findProfile(caller(), 'Bearer x')).toEqual(nameless);
  expect(performance.now() - start - first).toBeLessThan(200);
});

test('no more than 32 people at a time are asked about; the others go by their subject', async () => {
  const people = Array.from({ length: 40 }, (_, index) => `auth0|person-${index}`);
  await Promise.all(people.map((sub) => findProfile(caller({ sub }), 'Bearer x')));
  expect(asked()).toBe(32);
});
