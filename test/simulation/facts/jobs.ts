// Owns the fact about background work: in the end nothing is left to do, and nothing was given up.

import type { Fact } from '../fact.ts';

export const jobs: Fact = {
  name: 'no work is left, and none was given up',
  tables: ['jobs'],
  check: ({ end }) =>
    end.jobs
      .filter(({ kind }) => kind !== poisoned)
      .map(({ kind, hasFailed, error }) => ({
        what: `a job is ${hasFailed ? `given up: ${error}` : 'left'}: ${kind}`,
        about: [],
      })),
};

/** What a fault queues, which nobody can handle. */
export const poisoned = 'poisoned';
