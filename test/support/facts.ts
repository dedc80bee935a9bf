// Owns all that a database holds, for tests: read whole, compared without what is new each time, and put back as it was.

import pg from 'pg';

/** The rows of each table, as JSON. */
export type Facts = Readonly<Record<string, string>>;

export interface FactsReader {
  /** What is committed at this moment. */
  read(): Promise<Facts>;
  /** The same when nothing of ours is under way any more, also on connections that were lost. */
  readSettled(): Promise<Facts>;
  /** Puts tables back to what was read. @param now what is there, where that is known */
  restore(facts: Facts, now?: Facts): Promise<void>;
  close(): Promise<void>;
}

export async function openFacts(databaseUrl: string): Promise<FactsReader> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'facts' });
  await client.connect();
  await client.query(`set timezone = 'UTC'`);
  const { rows: tables } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`,
  );
  const columns = tables.map(({ name }) => `(select coalesce(json_agg(t), '[]')::text from ${name} as t) as ${name}`);
  // By a name it is planned once.
  const reading = { name: 'facts', text: `select ${columns.join(', ')}` };
  const counting = {
    name: 'busy',
    text: `select count(*)::int as busy from pg_stat_activity
      where datname = current_database() and application_name like 'agizo%' and state <> 'idle'`,
  };

  const read = async (): Promise<Facts> => (await client.query<Facts>(reading)).rows[0] ?? {};

  async function readSettled(): Promise<Facts> {
    while ((await client.query<{ busy: number }>(counting)).rows[0]?.busy !== 0);
    return read();
  }

  return {
    read,
    readSettled,
    async restore(facts, now) {
      const there = now ?? (await readSettled());
      const back = Object.entries(facts).flatMap(([table, rows]) =>
        rows === there[table]
          ? []
          : `delete from ${table};
            insert into ${table} select * from json_populate_recordset(null::${table}, ${client.escapeLiteral(rows)})`,
      );
      // Without triggers and references: what comes back is whole.
      await client.query(['begin; set local session_replication_role = replica', ...back, 'commit'].join('; '));
    },
    close: () => client.end(),
  };
}

const ids = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g;
const times = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?/g;

/**
 * Makes of what a database holds a text, a line for each row, that is the same whenever the same has happened since `before`: ids
 * and times that are new, and the numbers of new orders, stand for themselves.
 * @param omitted columns, by table
 */
export function factsSince(before: Facts, omitted: Readonly<Record<string, string[]>> = {}): (now: Facts) => string {
  const known = new Set(
    Object.values(before).flatMap((rows) => [...(rows.match(ids) ?? []), ...(rows.match(times) ?? [])]),
  );
  const plain = (value: string, what: string) => (known.has(value) ? value : what);
  const told = new Map<string, { rows: string; text: string[] }>();

  function rowText(table: string, row: Record<string, unknown>): string {
    const isNewOrder = table === 'orders' && !known.has(String(row['id']));
    const shown = Object.entries(row).filter(
      ([column]) => !omitted[table]?.includes(column) && !(isNewOrder && column === 'number'),
    );
    return JSON.stringify(Object.fromEntries(shown))
      .replaceAll(ids, (id) => plain(id, 'new id'))
      .replaceAll(times, (time) => plain(time, 'new time'));
  }

  function tableText(table: string, rows: string): string[] {
    const last = told.get(table);
    if (last?.rows === rows) return last.text;
    const all = JSON.parse(rows) as Record<string, unknown>[];
    const text = all.map((row) => `${table} ${rowText(table, row)}`).toSorted();
    told.set(table, { rows, text });
    return text;
  }

  return (now) =>
    Object.entries(now)
      .flatMap(([table, rows]) => tableText(table, rows))
      .join('\n');
}
