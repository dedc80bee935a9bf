// Owns all that a database holds, for tests: read whole, compared without what is new each time, and put back as it was.

import pg from 'pg';

/** The rows of each table. */
export type Facts = Readonly<Record<string, readonly Record<string, unknown>[]>>;

export interface FactsReader {
  /** What is committed at this moment. */
  read(): Promise<Facts>;
  /** The same when nothing of ours is under way any more, also on connections that were lost. */
  readSettled(): Promise<Facts>;
  keep(): Promise<Kept>;
  close(): Promise<void>;
}

/** What was there at one moment. */
export interface Kept {
  facts: Facts;
  /** Puts every table back to it. @param now what is there, where that is known */
  restore(now?: Facts): Promise<void>;
}

export async function openFacts(databaseUrl: string): Promise<FactsReader> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'facts' });
  await client.connect();
  await client.query(`set timezone = 'UTC'`);
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`,
  );
  const tables = rows.map(({ name }) => name);
  const all = tables.map((table) => `'${table}', (select coalesce(jsonb_agg(to_jsonb(t)), '[]') from ${table} as t)`);
  let copies = 0;

  const query = `select jsonb_build_object(${all.join(', ')}) as facts, (select count(*)::int from pg_stat_activity
    where datname = current_database() and application_name like 'agizo%' and state <> 'idle') as busy`;

  async function read(isSettled = false): Promise<Facts> {
    for (;;) {
      const { facts = {}, busy } = (await client.query<{ facts: Facts; busy: number }>(query)).rows[0] ?? {};
      if (!isSettled || busy === 0) return facts;
    }
  }

  return {
    read,
    readSettled: () => read(true),
    async keep() {
      const facts = await read(true);
      const schema = `kept_${(copies += 1)}`;
      const statements = tables.map((table) => `create table ${schema}.${table} as table ${table}`);
      await client.query([`create schema ${schema}`, ...statements].join('; '));
      return {
        facts,
        async restore(from) {
          const now = from ?? (await read(true));
          const changed = tables.filter((table) => JSON.stringify(now[table]) !== JSON.stringify(facts[table]));
          const back = changed.map((table) => `delete from ${table}; insert into ${table} table ${schema}.${table}`);
          // Without triggers and references: what comes back is whole.
          await client.query(['begin; set local session_replication_role = replica', ...back, 'commit'].join('; '));
        },
      };
    },
    close: () => client.end(),
  };
}

const ids = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g;
const times = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?/g;

/**
 * As text that is the same whenever the same has happened since `before`: ids and times that are new, and the numbers of
 * new orders, stand for themselves.
 * @param omitted columns, by table
 */
export function factsSince(before: Facts, now: Facts, omitted: Readonly<Record<string, string[]>> = {}): string {
  const text = JSON.stringify(before);
  const known = new Set([...(text.match(ids) ?? []), ...(text.match(times) ?? [])]);
  const plain = (value: string, what: string) => (known.has(value) ? value : what);
  const rowText = (table: string, row: Record<string, unknown>): string => {
    const isNewOrder = table === 'orders' && !known.has(String(row['id']));
    const shown = Object.entries(row).filter(([column]) => !omitted[table]?.includes(column));
    const columns = Object.fromEntries(isNewOrder ? shown.filter(([column]) => column !== 'number') : shown);
    return JSON.stringify(columns)
      .replaceAll(ids, (id) => plain(id, 'new id'))
      .replaceAll(times, (time) => plain(time, 'new time'));
  };
  return Object.entries(now)
    .flatMap(([table, rows]) => rows.map((row) => `${table} ${rowText(table, row)}`).toSorted())
    .join('\n');
}
