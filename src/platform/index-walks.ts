// Owns the planner settings of transactions that must find their rows by indexes, however young or large a table is.

import { sql } from 'kysely';

/**
 * For a `select`, until the transaction ends. A table that was never analysed is taken for a small one and would be read
 * whole. Up to PostgreSQL 17 a way that is switched off counts as a huge cost, for which the server would compile the
 * statement to machine code first: 200 ms each time.
 */
export const withoutTableScans = sql`set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)`;

/** The same for ordered walks that stop after their limit: nothing is to be read and sorted whole. */
export const alongIndexes = sql`${withoutTableScans}, set_config('enable_sort', 'off', true)`;
