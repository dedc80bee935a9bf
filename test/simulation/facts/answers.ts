// Owns the fact about answers: nobody gets one that a client cannot act on.

import type { Fact } from '../fact.ts';
import { type Asked, problemOf } from '../history.ts';

/** What else than a success each may be answered. */
const refusals: Readonly<Record<Asked['kind'], readonly string[]>> = {
  'add-product': [],
  'edit-product': ['not-found', 'stale'],
  'delete-product': ['not-found', 'stale'],
  'read-product': ['not-found'],
  place: ['out-of-stock', 'unknown-product', 'idempotency-key-reused'],
  move: ['illegal-status-change', 'stale', 'not-found'],
  cancel: ['illegal-status-change', 'not-found'],
  'read-order': ['not-found'],
  'list-orders': [],
  'opt-out': [],
  'opt-in': [],
  text: [],
  report: [],
};

export const answers: Fact = {
  name: 'everybody is answered, in one of the ways that there are',
  tables: [],
  check: ({ calls }) =>
    calls.flatMap(({ client, asked, answer, ...call }) => {
      if (answer && answer.status < 300) return [];
      const problem = problemOf({ client, asked, answer, ...call });
      if (problem !== undefined && refusals[asked.kind].includes(problem)) return [];
      const said = answer ? `${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}` : 'nothing';
      return [{ what: `${client} asked ${JSON.stringify(asked)} and was answered ${said}`, about: [] }];
    }),
};
