// Owns how a limit looks on the wire: `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-11.

import type { FastifyReply } from 'fastify';
import { Problem, type ProblemType } from './problem.ts';

/** So many of something in so long. */
export interface RatePolicy {
  /** A word, as clients see it. */
  name: string;
  quota: number;
  windowSeconds: number;
}

/** What is left of a policy for one of those that it bounds. */
export interface RateState {
  policy: RatePolicy;
  left: number;
  /** Until there is more. */
  resetSeconds: number;
}

export const policyItem = ({ name, quota, windowSeconds }: RatePolicy): string =>
  `"${name}";q=${quota};w=${windowSeconds}`;

export const stateItem = ({ policy, left, resetSeconds }: RateState): string =>
  `"${policy.name}";r=${left};t=${resetSeconds}`;

/** Says what is left, beside what other limits have said of this answer. */
export function tellLimits(reply: FastifyReply, states: readonly RateState[]): void {
  for (const state of states) {
    append(reply, 'ratelimit-policy', policyItem(state.policy));
    append(reply, 'ratelimit', stateItem(state));
  }
}

function append(reply: FastifyReply, header: string, item: string): void {
  const before = reply.getHeader(header);
  reply.header(header, before === undefined ? item : `${String(before)}, ${item}`);
}

/** Whole seconds, and never "at once": whoever repeats then finds the window gone. */
export const secondsUntil = (fromMs: number, untilMs: number): number =>
  Math.max(1, Math.ceil((untilMs - fromMs) / 1_000));

/** The refusal of whoever is over a limit, with when to come back. */
export const overLimit = (type: ProblemType, detail: string, state: RateState): Problem =>
  new Problem(type, detail, {
    headers: {
      'retry-after': String(state.resetSeconds),
      'ratelimit-policy': policyItem(state.policy),
      ratelimit: stateItem(state),
    },
  });

/** The name of the limit that an error is the refusal of. */
export const limitBehind = (error: Error): string | undefined =>
  error instanceof Problem && error.type.status === 429
    ? /^"([^"]+)"/.exec(error.headers['ratelimit-policy'] ?? '')?.[1]
    : undefined;
