// Owns the issuer's public keys: fetched when needed, shared by all requests, kept while the issuer is down.

import { type CryptoKey, importJWK, type JWK } from 'jose';
import { Problem, unavailable } from '../platform/problem.ts';
import { invalidToken } from './access.ts';
import { asRecord, discoverIssuer, fetchJson, IssuerUnavailable } from './issuer.ts';

export interface KeySet {
  /**
   * The key that the header of a token names. A known key is answered at once, without a promise.
   * @throws Problem unauthenticated when the issuer has no such key, unavailable when it can't be asked.
   */
  find(kid: string | undefined): CryptoKey | Promise<CryptoKey>;
}

/** Keys are looked at again this often, so that one the issuer has withdrawn stops working. */
export const keyMaxAgeMs = 10 * 60_000;
// An unknown key asks the issuer again, but not more often than this, however many tokens name unknown keys.
const unknownKeyCoolDownMs = 10_000;
const failureCoolDownMs = 5_000;
const fetchTimeoutMs = 5_000;
const maxKeys = 50;
const minModulusBits = 2048;

/**
 * jose's own `createRemoteJWKSet` throws once its copy is stale and a fetch fails; here a failed fetch never takes
 * away a key that is known. One fetch at a time, shared by every request that waits for it.
 * @param options.nowMs of a clock that nobody sets: a step back would make a withdrawn key good until time catches up
 */
export function createKeySet(options: { issuer: string; nowMs: () => number }): KeySet {
  let keys = new Map<string, CryptoKey>();
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let failure: string | undefined;
  let refreshing: Promise<void> | undefined;

  const sinceTryMs = () => options.nowMs() - triedAtMs;

  async function refresh(): Promise<void> {
    try {
      keys = await fetchKeys(options.issuer);
      failure = undefined;
    } catch (error) {
      failure = error instanceof IssuerUnavailable ? error.message : 'its key set could not be read';
    }
    triedAtMs = options.nowMs();
    refreshing = undefined;
  }

  // A token without `kid` is for an issuer with a single key (OpenID Connect Core, section 10.1).
  const known = (kid: string | undefined): CryptoKey | undefined =>
    kid !== undefined ? keys.get(kid) : keys.size === 1 ? keys.values().next().value : undefined;

  async function fetchAndFind(kid: string | undefined): Promise<CryptoKey> {
    if (sinceTryMs() >= (failure === undefined ? unknownKeyCoolDownMs : failureCoolDownMs)) refreshing ??= refresh();
    await refreshing;
    const key = known(kid);
    if (key) return key;
    if (failure === undefined)
      throw invalidToken('The access token is signed with a key that its issuer does not have.');
    throw new Problem(unavailable, `The keys of the token issuer can't be had at the moment: ${failure}.`, {
      headers: { 'retry-after': String(failureCoolDownMs / 1000) },
    });
  }

  return {
    find(kid) {
      const key = known(kid);
      if (!key) return fetchAndFind(kid);
      if (sinceTryMs() >= (failure === undefined ? keyMaxAgeMs : failureCoolDownMs)) refreshing ??= refresh();
      return key;
    },
  };
}

/** The keys that the issuer publishes for RS256, by their ids. @throws IssuerUnavailable also when there is none */
export async function fetchKeys(issuer: string): Promise<Map<string, CryptoKey>> {
  const signal = AbortSignal.timeout(fetchTimeoutMs);
  const { jwksUri } = await discoverIssuer(issuer, signal);
  const { status, body } = await fetchJson(jwksUri, signal);
  if (status !== 200) throw new IssuerUnavailable(`${jwksUri} answered ${status}`);
  const published: unknown = asRecord(body)['keys'];
  const keys = new Map<string, CryptoKey>();
  for (const jwk of Array.isArray(published) ? published.slice(0, maxKeys) : []) {
    const { kid, ...rest } = asRecord(jwk);
    const key = await importKey(rest);
    if (key) keys.set(typeof kid === 'string' ? kid : '', key);
  }
  if (keys.size === 0) throw new IssuerUnavailable(`${jwksUri} holds no key for RS256`);
  return keys;
}

/** Undefined for a key that RS256 signatures can't be checked with: key sets hold others too (RFC 7517, section 5). */
async function importKey(jwk: JWK): Promise<CryptoKey | undefined> {
  if (jwk.kty !== 'RSA' || (jwk.use ?? 'sig') !== 'sig' || (jwk.alg ?? 'RS256') !== 'RS256') return undefined;
  try {
    const key = await importJWK({ kty: 'RSA', n: jwk.n ?? '', e: jwk.e ?? '' }, 'RS256');
    if (key instanceof Uint8Array) return undefined;
    const bits = 'modulusLength' in key.algorithm ? Number(key.algorithm.modulusLength) : 0;
    return bits >= minModulusBits ? key : undefined;
  } catch {
    return undefined;
  }
}
