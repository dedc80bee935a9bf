// Owns what a caller is called: from the token's claims, else from the issuer's /userinfo, else from the subject.

import { createCache } from '../platform/cache.ts';
import { type Identity, nameFromSubject, type Profile, profileClaims } from './identity.ts';
import { asRecord, discoverIssuer, fetchJson, IssuerUnavailable } from './issuer.ts';

/**
 * Name and e-mail of a person. Never fails and takes 2 seconds at most, once: what /userinfo answered, or that it
 * didn't, is remembered.
 * @param authorization the caller's own `Authorization` header, which is what /userinfo is asked with
 */
export type FindProfile = (identity: Identity, authorization: string) => Promise<Profile>;

type ProfileClaims = ReturnType<typeof profileClaims>;

const timeoutMs = 2_000;
const rememberMs = 60 * 60_000;
const rememberFailureMs = 60_000;
// After a failure nobody is made to wait for /userinfo for a while: a flash sale is no time to try it a thousand times.
const pauseMs = 10_000;
const maxRemembered = 10_000;
const maxConcurrent = 32;

export function createProfiles(options: { issuer: string; nowMs: () => number }): FindProfile {
  const { nowMs } = options;
  const remembered = createCache<{ claims: ProfileClaims; untilMs: number }>(maxRemembered);
  const asking = new Map<string, Promise<ProfileClaims>>();
  let endpoint: Promise<string | undefined> | undefined;
  let pausedUntilMs = Number.NEGATIVE_INFINITY;

  async function findEndpoint(signal: AbortSignal): Promise<string | undefined> {
    endpoint ??= discoverIssuer(options.issuer, signal).then((metadata) => metadata.userinfoEndpoint);
    return endpoint;
  }

  async function ask(identity: Identity, authorization: string): Promise<ProfileClaims> {
    let claims: ProfileClaims = { name: undefined, email: undefined };
    let forMs = rememberMs;
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const url = await findEndpoint(signal);
      if (url !== undefined) claims = await fetchClaims(url, identity.subject, authorization, signal);
    } catch {
      endpoint = undefined;
      pausedUntilMs = nowMs() + pauseMs;
      forMs = rememberFailureMs;
    }
    remembered.set(identity.userId, { claims, untilMs: nowMs() + forMs });
    asking.delete(identity.userId);
    return claims;
  }

  async function askOnce(identity: Identity, authorization: string): Promise<ProfileClaims | undefined> {
    const before = remembered.get(identity.userId);
    if (before && before.untilMs > nowMs()) return before.claims;
    const running = asking.get(identity.userId);
    if (running) return running;
    if (nowMs() < pausedUntilMs || asking.size >= maxConcurrent) return undefined;
    const answer = ask(identity, authorization);
    asking.set(identity.userId, answer);
    return answer;
  }

  return async (identity, authorization) => {
    const isComplete = identity.name !== undefined && identity.email !== undefined;
    const answer = isComplete || identity.isMachine ? undefined : await askOnce(identity, authorization);
    return {
      name: identity.name ?? answer?.name ?? nameFromSubject(identity.subject),
      email: identity.email ?? answer?.email ?? '',
    };
  };
}

/** A refusal of this token (it wasn't issued for `openid`) is an answer; only being told "not now" is a failure. */
async function fetchClaims(
  url: string,
  subject: string,
  authorization: string,
  signal: AbortSignal,
): Promise<ProfileClaims> {
  const { status, body } = await fetchJson(url, signal, { authorization });
  if (status === 429 || status >= 500) throw new IssuerUnavailable(`${url} answered ${status}`);
  const claims = asRecord(body);
  // OpenID Connect Core, section 5.3.2: an answer about anybody else must not be used.
  return profileClaims(claims['sub'] === subject ? claims : {});
}
