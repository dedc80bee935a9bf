// Owns a dump of a database for tests to search: every row of every table as text.

import { type Kysely, sql } from 'kysely';
import type { Database } from '../../src/platform/database.ts';

/** The rows of every table there is, as PostgreSQL writes them; `table: row`. */
export async function dumpOf(db: Kysely<Database>): Promise<string[]> {
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE' order by table_name`.execute(db);
  const dumps = await Promise.all(
    tables.map(async ({ name }) => {
      const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.id(name)} as t`.execute(db);
      return rows.map(({ row }) => `${name}: ${row}`);
    }),
  );
  return dumps.flat();
}

/** The lines that hold one of these texts, in any case. */
export const holding = (lines: readonly string[], needles: readonly string[]): string[] =>
  lines.filter((line) => needles.some((needle) => line.toLowerCase().includes(needle.toLowerCase())));
