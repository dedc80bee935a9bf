// Owns the fact about background work: in the end nothing is left to do, and nothing was given up.

import type { Fact } from '../fact.ts';

export const jobs: Fact = {
  name: 'no work is left, and none was given up',
  tables: ['jobs'],
  check: ({ end }) =>
    end.jobs.map(({ kind, hasFailed, error }) => ({
      what: `a job is ${hasFailed ? `given up: ${error}` : 'left'}: ${kind}`,
      about: [],
    })),
};

/** The member of the payload of what a fault queues, which nobody can handle: these are left out. */
export const poisoned = 'poisoned';
