// Owns the token issuer's signing keys: current and next as Auth0 publishes them, rotated on demand, kept across restarts.

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';

/** Private keys as JWKs, each with its `kid`. */
interface KeyRing {
  current: JWK;
  next: JWK;
  /** Used before, newest first, and still good. */
  previous: JWK[];
}

export interface IssuerKeys {
  sign(claims: JWTPayload): Promise<string>;
  /** Checks a token of ours for one of our own audiences. @throws when it isn't, or has expired. */
  verify(token: string, expected: { issuer: string; audience: string; now: Date }): Promise<JWTPayload>;
  /** The public keys, as `/.well-known/jwks.json` shows them. */
  jwks(): { keys: JWK[] };
  /** `graceful`: the published next key takes over and the old one stays good. `emergency`: old keys are gone at once. */
  rotate(how: 'graceful' | 'emergency'): Promise<void>;
}

const maxPrevious = 3;

/**
 * @param file where the private keys are kept, readable by the owner only, so that a token outlives a restart;
 *   without it they live as long as the process.
 */
export async function createIssuerKeys(file: string | undefined): Promise<IssuerKeys> {
  const kept = file === undefined ? undefined : await readRing(file);
  let ring = kept ?? (await newRing());
  if (file !== undefined && !kept) await writeRing(file, ring);
  const all = () => [ring.current, ring.next, ...ring.previous];
  const keyOf = (header: { kid?: string }) => {
    const key = all().find(({ kid }) => kid === header.kid);
    if (!key) throw new Error('no such key');
    return publicPart(key);
  };

  return {
    sign(claims) {
      const { current } = ring;
      const header = { alg: 'RS256', typ: 'JWT', ...(current.kid && { kid: current.kid }) };
      return new SignJWT(claims).setProtectedHeader(header).sign(current);
    },
    async verify(token, { issuer, audience, now }) {
      const options = { algorithms: ['RS256'], issuer, audience, currentDate: now, requiredClaims: ['exp'] };
      return (await jwtVerify(token, keyOf, options)).payload;
    },
    jwks: () => ({ keys: all().map(publicPart) }),
    async rotate(how) {
      const { current, next, previous } = ring;
      ring =
        how === 'emergency'
          ? await newRing()
          : { current: next, next: await newKey(), previous: [current, ...previous].slice(0, maxPrevious) };
      if (file !== undefined) await writeRing(file, ring);
    },
  };
}

function publicPart({ kty, n, e, kid }: JWK): JWK {
  return { kty: kty ?? 'RSA', use: 'sig', n: n ?? '', e: e ?? '', kid: kid ?? '', alg: 'RS256' };
}

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, alg: 'RS256', kid: await calculateJwkThumbprint(jwk) };
}

async function newRing(): Promise<KeyRing> {
  const [current, next] = await Promise.all([newKey(), newKey()]);
  return { current, next, previous: [] };
}

/** Undefined when there are none yet, or the file isn't one of ours: new keys only ask people to sign in again. */
async function readRing(file: string): Promise<KeyRing | undefined> {
  try {
    const ring: KeyRing = JSON.parse(await readFile(file, 'utf8'));
    return [ring.current, ring.next, ...ring.previous].every(({ kid, d }) => kid && d) ? ring : undefined;
  } catch {
    return undefined;
  }
}

async function writeRing(file: string, ring: KeyRing): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify(ring), { mode: 0o600 });
  await rename(`${file}.new`, file);
}
