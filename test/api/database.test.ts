// Owns the facts about values on their way to PostgreSQL and back.

import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrayOf, textArray, timeArray, uuidArray } from '../../src/platform/arrays.ts';
import { type Database, openDatabase } from '../../src/platform/database.ts';
import { faultyStatements } from '../support/faulty-statements.ts';
import { createTestDatabase } from '../support/service.ts';

let url: string;
let db: Kysely<Database>;

beforeAll(async () => {
  url = await createTestDatabase();
  db = openDatabase({ url, name: 'agizo test', maxConnections: 2, prepares: true });
});

afterAll(() => db.destroy());

async function one(query: ReturnType<typeof sql<{ value: unknown }>>): Promise<unknown> {
  const { rows } = await query.execute(db);
  return rows[0]?.value;
}

test('arrays arrive as they were sent, with nulls and without values', async () => {
  const ids = [crypto.randomUUID(), null, crypto.randomUUID().toUpperCase(), '00000000-0000-0000-0000-000000000000'];
  const sent = ids.map((id) => id?.toLowerCase() ?? null);
  expect(await one(sql`select to_json(${uuidArray(ids)}::uuid[]) as value`)).toEqual(sent);
  expect(await one(sql`select to_json(${uuidArray([])}::uuid[]) as value`)).toEqual([]);
  expect(await one(sql`select to_json(${arrayOf([3, null, -1])}::bigint[]) as value`)).toEqual([3, null, -1]);
  const texts = ['', 'plain', '"quoted", {braced} and \\slashed', null, 'NULL', 'Kahawa ☕ ya Jioni, é', '  '];
  expect(await one(sql`select to_json(${textArray(texts)}::text[]) as value`)).toEqual(texts);
  expect(await one(sql`select to_json(${textArray([])}::text[]) as value`)).toEqual([]);
  const times = ['1970-01-01T00:00:00.000Z', '1999-12-31T23:59:59.999Z', '2026-11-26T18:00:00.123Z'];
  const given = timeArray(times.map((time) => new Date(time)));
  const { rows } = await sql<{ value: Date }>`select unnest(${given}::timestamptz[]) as value`.execute(db);
  expect(rows.map((row) => row.value.toISOString())).toEqual(times);
});

test('what is no UUID, or needs quoting, is refused before it is sent', () => {
  const id = crypto.randomUUID();
  for (const text of [
    '',
    id.slice(1),
    `${id}0`,
    id.replace(/^./, 'g'),
    id.replace(/^./, 'é'),
    id.replaceAll('-', ''),
  ]) {
    expect(() => uuidArray([text]), text).toThrow('not a UUID');
  }
  expect(() => arrayOf(['a b'])).toThrow('quoting');
});

test('times are read to the millisecond, in UTC, far from today too', async () => {
  for (const [text, expected] of [
    ['2026-11-26 18:00:00.123456+00', '2026-11-26T18:00:00.123Z'],
    ['2026-11-26 21:00:00.5+03', '2026-11-26T18:00:00.500Z'],
    ['2026-02-28 23:59:59Z', '2026-02-28T23:59:59.000Z'],
    ['0044-03-15 12:00:00+00 BC', '-000043-03-15T12:00:00.000Z'],
    ['12345-06-07 08:09:10.011Z', '+012345-06-07T08:09:10.011Z'],
  ]) {
    expect(((await one(sql`select ${text}::timestamptz as value`)) as Date).toISOString(), text).toBe(expected);
  }
  expect(await one(sql`select 'infinity'::timestamptz as value`)).toBe(Infinity);
});

test('a statement is prepared once a connection, and its values are its own each time', async () => {
  const statement = (value: number) => sql<{ value: number }>`select ${value}::integer + 1 as value`;
  for (const value of [1, 2, 3]) expect(await one(statement(value))).toBe(value + 1);
  const { rows } = await sql<{ count: number }>`
    select count(*) from pg_prepared_statements where statement like 'select $1::integer + 1%'`.execute(db);
  expect(rows).toEqual([{ count: 1 }]);
});

test('a whole number that no number of the language holds is a fault, not another number', async () => {
  expect(await one(sql`select ${String(Number.MAX_SAFE_INTEGER)}::bigint as value`)).toBe(Number.MAX_SAFE_INTEGER);
  await expect(one(sql`select 9007199254740993 as value`)).rejects.toThrow('out of range');
});

test.each([
  ['commit', { pipelines: false }],
  ['commit', { pipelines: true }],
  ['rollback', { pipelines: false }],
  ['rollback', { pipelines: true }],
])('what comes behind the %s of its transaction is refused, and done by nobody (%o)', async (end, options) => {
  await sql`delete from product_vocabulary`.execute(db);
  const pool = openDatabase({ url, name: 'agizo test', maxConnections: 1, ...options });
  const insert = (word: string) => sql`insert into product_vocabulary (word) values (${word})`;
  const late = Promise.withResolvers<unknown>();
  const transaction = pool.transaction().execute(async (trx) => {
    await insert('in time').execute(trx);
    // The end is sent in this turn of the event loop, and answered in a later one.
    setImmediate(() => void insert('late').execute(trx).then(late.resolve, late.resolve));
    if (end === 'rollback') throw new Error('no');
  });
  if (end === 'rollback') await expect(transaction).rejects.toThrow('no');
  else await transaction;
  expect(await late.promise).toMatchObject({ message: expect.stringContaining('transaction that has ended') });
  const { rows } = await sql`select word from product_vocabulary`.execute(pool);
  expect(rows).toEqual(end === 'commit' ? [{ word: 'in time' }] : []);
  // The connection is as good as new.
  await pool.transaction().execute((trx) => insert('later').execute(trx));
  await pool.destroy();
});

test('where a begin fails, nothing is written behind it', async () => {
  const pool = openDatabase({ url, name: 'agizo test', maxConnections: 1, pipelines: true });
  const faulty = faultyStatements();
  const { result } = await faulty.fail(1, 'time-out', () =>
    pool
      .transaction()
      .execute(async (trx) => {
        await sql`select 1`.execute(trx);
        await sql`insert into product_vocabulary (word) values ('alone')`.execute(trx);
      })
      .catch((error: unknown) => error),
  );
  faulty.stop();
  expect(result).toMatchObject({ code: '57014' });
  expect((await sql`select from product_vocabulary where word = 'alone'`.execute(pool)).rows).toEqual([]);
  await pool.destroy();
});
