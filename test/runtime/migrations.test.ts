// Owns the facts about migrations on a shop that is open: batches that go on where they stopped, and locks that let others by.

import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Migration, migrate } from '../../src/schema/migrations.ts';
import { createEmptyDatabase, eventually } from '../support/service.ts';

let url: string;
let client: pg.Client;

beforeEach(async () => {
  url = await createEmptyDatabase();
  client = await connect();
});

afterEach(() => client.end());

async function connect(): Promise<pg.Client> {
  const connection = new pg.Client({ connectionString: url });
  await connection.connect();
  return connection;
}

const numbered = (...migrations: [name: string, sql: string][]): Migration[] =>
  migrations.map(([name, sql], index) => ({ version: index + 1, name, sql, checksum: name }));

const counters = 'create table counters (id integer primary key, raised integer not null default 0 check (raised < 2))';
/** Ten at a time; 35 is refused as long as it has a stone in its way. */
const raiseAll = `
  with batch as (select id from counters where id > coalesce($1, '0')::integer order by id limit 10), raised as (
    update counters set raised = raised + 1 where id in (select id from batch)
  )
  select max(id)::text as reached from batch having count(*) = 10`;

const raised = async () =>
  (await client.query('select raised, count(*)::integer from counters group by 1 order by 1')).rows;

test('a fill in batches that is interrupted goes on where it was, and does nothing twice', async () => {
  const migrations = numbered(
    ['0001_counters.sql', `${counters}; insert into counters select generate_series(1, 65)`],
    ['0002_raise_in_batches.sql', raiseAll],
  );
  await migrate(url, migrations.slice(0, 1));
  await client.query('update counters set raised = 1 where id = 35');
  await expect(migrate(url, migrations)).rejects.toThrow('0002_raise_in_batches.sql failed');
  expect(await raised()).toEqual([
    { raised: 0, count: 34 },
    { raised: 1, count: 31 },
  ]);
  await client.query('update counters set raised = 0 where id = 35');
  expect(await migrate(url, migrations)).toEqual(['0002_raise_in_batches.sql']);
  expect(await raised()).toEqual([{ raised: 1, count: 65 }]);
  expect(await migrate(url, migrations)).toEqual([]);
  expect((await client.query(`select to_regclass('migration_progress') as left`)).rows).toEqual([{ left: null }]);
});

test('two processes that fill at once do each batch once', async () => {
  const migrations = numbered(
    ['0001_counters.sql', `${counters}; insert into counters select generate_series(1, 400)`],
    ['0002_raise_in_batches.sql', raiseAll],
  );
  const ran = await Promise.all([migrate(url, migrations), migrate(url, migrations)]);
  expect(ran.flat().toSorted()).toEqual(migrations.map(({ name }) => name));
  expect(await raised()).toEqual([{ raised: 1, count: 400 }]);
});

test('a table that somebody reads for long is changed after that, and writes to it go on meanwhile', async () => {
  const migrations = numbered(
    ['0001_counters.sql', counters],
    ['0002_note.sql', 'alter table counters add column note text'],
  );
  await migrate(url, migrations.slice(0, 1));
  const reader = await connect();
  await reader.query('begin; select from counters');
  const migrating = migrate(url, migrations);
  await eventually('the migration waits for the table', async () => {
    const { rowCount } = await client.query(`
      select from pg_locks where relation = 'counters'::regclass and mode = 'AccessExclusiveLock' and not granted`);
    return rowCount === 1;
  });
  await client.query(`insert into counters values (1)`);
  await reader.query('commit');
  await reader.end();
  expect(await migrating).toEqual(['0002_note.sql']);
  expect((await client.query('select * from counters')).rows).toEqual([{ id: 1, raised: 0, note: null }]);
});
