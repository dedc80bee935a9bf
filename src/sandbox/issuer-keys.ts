// Owns the token issuer's signing keys: current and next as Auth0 publishes them, rotated on demand, kept across restarts.

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';

interface SigningKey {
  kid: string;
  privateJwk: JWK;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
}

export interface IssuerKeys {
  sign(claims: JWTPayload): Promise<string>;
  /** Checks a token of ours for one of our own audiences. @throws when it isn't, or has expired. */
  verify(token: string, expected: { issuer: string; audience: string; now: Date }): Promise<JWTPayload>;
  /** The public keys, as `/.well-known/jwks.json` shows them. */
  jwks(): { keys: JWK[] };
  /** `graceful`: the published next key takes over and the old one stays valid. `emergency`: old keys are gone at once. */
  rotate(how: 'graceful' | 'emergency'): Promise<void>;
}

/**
 * @param file where the private keys are kept, readable by the owner only, so that a token outlives a restart;
 *   without it they live as long as the process.
 */
export async function createIssuerKeys(file: string | undefined): Promise<IssuerKeys> {
  let keys = (file && (await readKeys(file))) || (await newKeys(2));
  if (file) await writeKeys(file, keys);
  // The first signs, the second is next; any after them were used before and still verify.
  const current = () => keys[0] as SigningKey;

  return {
    sign(claims) {
      const { kid, privateKey } = current();
      return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid }).sign(privateKey);
    },
    async verify(token, { issuer, audience, now }) {
      const keyOf = (header: JWTHeaderParameters) => {
        const key = keys.find(({ kid }) => kid === header.kid);
        if (!key) throw new Error('no such key');
        return key.publicKey;
      };
      const options = { algorithms: ['RS256'], issuer, audience, currentDate: now, requiredClaims: ['exp'] };
      return (await jwtVerify(token, keyOf, options)).payload;
    },
    jwks: () => ({ keys: keys.map(publicJwk) }),
    async rotate(how) {
      if (how === 'emergency') {
        keys = await newKeys(2);
      } else {
        const [old, next] = keys as [SigningKey, SigningKey];
        keys = [next, ...(await newKeys(1)), old];
      }
      if (file) await writeKeys(file, keys);
    },
  };
}

function publicJwk({ kid, privateJwk: { kty, n, e } }: SigningKey): JWK {
  return { kty, use: 'sig', n, e, kid, alg: 'RS256' } as JWK;
}

async function newKeys(count: number): Promise<SigningKey[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const { privateKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
      return importKey(await exportJWK(privateKey));
    }),
  );
}

async function importKey(privateJwk: JWK): Promise<SigningKey> {
  const { kty, n, e } = privateJwk;
  const [kid, privateKey, publicKey] = await Promise.all([
    calculateJwkThumbprint(privateJwk),
    importJWK(privateJwk, 'RS256'),
    importJWK({ kty, n, e } as JWK, 'RS256'),
  ]);
  return { kid, privateJwk, privateKey: privateKey as CryptoKey, publicKey: publicKey as CryptoKey };
}

/** Undefined when there is none yet, or the file can't be read as keys: new ones only ask people to sign in again. */
async function readKeys(file: string): Promise<SigningKey[] | undefined> {
  try {
    const stored = JSON.parse(await readFile(file, 'utf8')) as JWK[];
    const keys = await Promise.all(stored.map(importKey));
    return keys.length >= 2 ? keys : undefined;
  } catch {
    return undefined;
  }
}

async function writeKeys(file: string, keys: SigningKey[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify(keys.map(({ privateJwk }) => privateJwk)), { mode: 0o600 });
  await rename(`${file}.new`, file);
}
