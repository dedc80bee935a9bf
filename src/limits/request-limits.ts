// Owns how much may be asked: by one identity, by one address without a good token, and with bad tokens from one address.

import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import type { RequestLimits } from '../identity/access.ts';
import type { Database } from '../platform/database.ts';
import { type Problem, tooManyRequests } from '../platform/problem.ts';
import { overLimit, policyItem, type RatePolicy, type RateState, stateItem } from '../platform/rate-limit.ts';
import { addressKey } from './address.ts';
import { type Counted, createRequestCounter, windowMs } from './request-counter.ts';
import { createSharing } from './share-counts.ts';

/** A minute; undefined: as many as anybody likes. */
export interface RequestQuotas {
  requestsPerCaller: number | undefined;
  requestsPerAddress: number | undefined;
  failedTokensPerAddress: number | undefined;
}

interface Bound {
  policy: RatePolicy;
  policyText: string;
  detail: string;
}

function boundOf(name: string, quota: number | undefined, whose: string): Bound | undefined {
  if (quota === undefined) return undefined;
  const policy = { name, quota, windowSeconds: windowMs / 1_000 };
  return { policy, policyText: policyItem(policy), detail: `More than ${quota} ${whose} within a minute.` };
}

/** Limits that hold in this process, and nearly so in all that share the database: docs/adr/0010. */
export function createRequestLimits(
  db: Kysely<Database>,
  quotas: RequestQuotas,
  logger: FastifyBaseLogger,
): RequestLimits {
  const counter = createRequestCounter();
  const nowMs = () => performance.now();
  const tell = createSharing(db, counter, nowMs);
  const caller = boundOf('caller', quotas.requestsPerCaller, 'requests of one caller');
  const address = boundOf('address', quotas.requestsPerAddress, 'requests without a good token from one address');
  const failed = boundOf(
    'failed-tokens',
    quotas.failedTokensPerAddress,
    'requests were not signed in from one address',
  );

  function count({ policy }: Bound, key: string): Counted {
    const counted = counter.count(`${policy.name} ${key}`, policy.quota, nowMs());
    tell();
    if (counted.isFirst) logger.warn({ limit: policy.name, quota: policy.quota, key }, 'a limit refuses somebody');
    return counted;
  }

  const stateOf = ({ policy }: Bound, { left, leftMs }: Counted): RateState => ({
    policy,
    left,
    // What other processes say of the window is rounded up: it is never longer than it is.
    resetSeconds: Math.min(policy.windowSeconds, Math.max(1, Math.ceil(leftMs / 1_000))),
  });

  const refusal = (bound: Bound, counted: Counted): Problem =>
    overLimit(tooManyRequests, bound.detail, stateOf(bound, counted));

  return {
    ofCaller(userId, reply) {
      if (!caller) return undefined;
      const counted = count(caller, userId);
      if (!counted.isWithin) return refusal(caller, counted);
      void reply.header('ratelimit-policy', caller.policyText);
      void reply.header('ratelimit', stateItem(stateOf(caller, counted)));
      return undefined;
    },
    ofAddress(request, reply) {
      if (!address) return undefined;
      const counted = count(address, keyOf(request));
      if (!counted.isWithin) return refusal(address, counted);
      void reply.header('ratelimit-policy', address.policyText);
      void reply.header('ratelimit', stateItem(stateOf(address, counted)));
      return undefined;
    },
    ofFailedTokens(request) {
      if (!failed) return undefined;
      const counted = count(failed, keyOf(request));
      return counted.isWithin ? undefined : refusal(failed, counted);
    },
  };
}

const keyOf = (request: FastifyRequest): string => addressKey(request.ip);
