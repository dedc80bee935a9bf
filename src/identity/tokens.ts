// Owns turning an access token into an identity: signature, claims, and a memory of tokens seen before.

import { hash } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { createCache } from '../platform/cache.ts';
import { Problem } from '../platform/problem.ts';
import { invalidToken, type VerifyToken } from './access.ts';
import { type Identity, identityOf, type ScopeCounts } from './identity.ts';
import { createKeySet, keyMaxAgeMs } from './key-set.ts';

export interface TokenVerifierOptions {
  /** Compared with `iss` to the letter; its discovery document says where the keys are. */
  issuer: string;
  /** One of the token's `aud`. */
  audience: string;
  scopeCounts: ScopeCounts;
  /** For the times that tokens tell. */
  clock: () => Date;
  /** For all that is waited for; of a clock that nobody sets. */
  nowMs: () => number;
}

const maxTokenLength = 16 * 1024;
const clockToleranceSeconds = 10;
const maxCachedTokens = 10_000;

interface CachedToken {
  identity: Identity;
  expiresAtMs: number;
  /** Its key may have been withdrawn since. */
  lookAgainMs: number;
}

/**
 * Checks RS256 access tokens of one OIDC issuer. A token seen before is answered without a promise. It is known by its
 * SHA-256, so that no usable token lies in memory, until it expires or its key is due for another look.
 */
export function createTokenVerifier(options: TokenVerifierOptions): VerifyToken {
  const { issuer, audience, clock, nowMs } = options;
  const keySet = createKeySet({ issuer, nowMs });
  const cache = createCache<CachedToken>(maxCachedTokens);

  async function verify(token: string, cacheKey: string): Promise<Identity> {
    const now = clock();
    const claims = await verifiedClaims(token, now);
    const identity = identityOf(issuer, claims, options.scopeCounts);
    if (!identity) throw invalidToken('The access token names no usable subject.');
    cache.set(cacheKey, { identity, expiresAtMs: Number(claims.exp) * 1000, lookAgainMs: nowMs() + keyMaxAgeMs });
    return identity;
  }

  async function verifiedClaims(token: string, currentDate: Date): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => keySet.find(kid), {
        issuer,
        audience,
        algorithms: ['RS256'],
        clockTolerance: clockToleranceSeconds,
        requiredClaims: ['exp'],
        currentDate,
      });
      return payload;
    } catch (error) {
      // Our own keys were checked when they were fetched: whatever else fails here is the fault of the token.
      throw error instanceof Problem ? error : invalidToken(reasonFor(error));
    }
  }

  return (token) => {
    if (token.length > maxTokenLength) throw invalidToken('The access token is too long.');
    const cacheKey = hash('sha256', token, 'base64');
    const cached = cache.get(cacheKey);
    if (cached && cached.expiresAtMs > clock().getTime() && cached.lookAgainMs > nowMs()) return cached.identity;
    return verify(token, cacheKey);
  };
}

function reasonFor(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The access token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return 'The access token is for another audience.';
    if (error.claim === 'iss') return 'The access token is from another issuer.';
    if (error.claim === 'nbf') return 'The access token is not valid yet.';
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return 'The access token must be signed with RS256.';
  return 'The access token is not valid.';
}
