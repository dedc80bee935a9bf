// Owns the measurement behind ADR 0003: the ways to store a tree of 10,000 categories, 12 deep, over 100,000 products.
//
//   DATABASE_URL=postgres://... node bench/catalog-tree.ts
//
// Works in a schema of its own, `catalog_tree_bench`, which it drops at the end.

import { performance } from 'node:perf_hooks';
import { Client } from 'pg';

const levelSizes = [1, 8, 30, 90, 250, 600, 1_100, 1_700, 2_200, 2_100, 1_300, 621];
const productCount = 100_000;

interface Storage {
  name: string;
  /** What stands beside `categories (id, parent_id)`, filled from it. */
  setup: string;
  /** Adds the category $1 under $2, already in `categories`. */
  insert: string[];
  /** Puts the subtree of $1 under $2. */
  move: string[];
  /** The ids of $1 and everything below it. */
  subtree: string;
}

const recursive = (table: string) => `with recursive below as (
  select id from ${table} where id = $1 union all select c.id from below b join ${table} c on c.parent_id = b.id) select id from below`;

const label = (value: string) => `replace(${value}::text, '-', '')`;

const storages: Storage[] = [
  {
    name: 'parent_id + recursive CTE',
    setup: '',
    insert: [],
    move: ['update categories set parent_id = $2 where id = $1'],
    subtree: recursive('categories'),
  },
  {
    name: 'ltree',
    setup: `
      alter table categories add path ltree;
      with recursive down as (
        select id, ${label('id')}::ltree as path from categories where parent_id is null
        union all select c.id, d.path || ${label('c.id')} from down d join categories c on c.parent_id = d.id)
      update categories set path = down.path from down where down.id = categories.id;
      create index on categories using gist (path gist_ltree_ops (siglen = 100));
      create unique index on categories (path);`,
    insert: [
      `update categories set path = (select path from categories where id = $2::uuid) || ${label('$1::uuid')} where id = $1::uuid`,
    ],
    move: [
      'update categories set parent_id = $2 where id = $1',
      `update categories c set path = (select path from categories where id = $2) || subpath(c.path, nlevel(m.path) - 1)
         from (select path from categories where id = $1) m where c.path <@ m.path`,
    ],
    subtree: 'select id from categories where path <@ (select path from categories where id = $1)',
  },
  {
    name: 'closure table',
    setup: `
      create table category_paths (ancestor_id uuid not null, descendant_id uuid not null, depth smallint not null,
        primary key (ancestor_id, descendant_id));
      with recursive up as (
        select id as ancestor, id as descendant, 0 as depth from categories
        union all select c.parent_id, u.descendant, u.depth + 1 from up u join categories c on c.id = u.ancestor where c.parent_id is not null)
      insert into category_paths select * from up;
      create index on category_paths (descendant_id, ancestor_id);`,
    insert: [
      `insert into category_paths select ancestor_id, $1::uuid, depth + 1 from category_paths where descendant_id = $2
         union all select $1::uuid, $1::uuid, 0`,
    ],
    move: [
      'update categories set parent_id = $2 where id = $1',
      `delete from category_paths using category_paths above, category_paths below
         where above.descendant_id = $1 and above.depth > 0 and below.ancestor_id = $1
         and category_paths.ancestor_id = above.ancestor_id and category_paths.descendant_id = below.descendant_id`,
      `insert into category_paths select above.ancestor_id, below.descendant_id, above.depth + below.depth + 1
         from category_paths above, category_paths below where above.descendant_id = $2 and below.ancestor_id = $1`,
    ],
    subtree: 'select descendant_id from category_paths where ancestor_id = $1',
  },
];

/** The element, which must be there. */
function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`nothing at ${index}`);
  return found;
}

/** A small seeded generator (mulberry32): every run measures the same tree. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

interface Tree {
  levels: string[][];
  parents: Map<string, string | null>;
}

function plantTree(random: (below: number) => number): Tree {
  const levels: string[][] = [];
  const parents = new Map<string, string | null>();
  for (const size of levelSizes) {
    const above = levels.at(-1);
    const level = Array.from({ length: size }, () => crypto.randomUUID());
    for (const id of level) parents.set(id, above ? at(above, random(above.length)) : null);
    levels.push(level);
  }
  return { levels, parents };
}

async function fill(client: Client, tree: Tree, random: (below: number) => number, storage: Storage): Promise<void> {
  const ids = [...tree.parents.keys()];
  await client.query(`
    drop schema if exists catalog_tree_bench cascade; create schema catalog_tree_bench; set search_path = catalog_tree_bench, public;
    create table categories (id uuid primary key, parent_id uuid references categories);
    create table products (id uuid primary key, category_id uuid not null references categories, name text not null,
      price_minor bigint not null, created_at timestamptz not null, deleted_at timestamptz);`);
  await client.query('insert into categories select * from unnest($1::uuid[], $2::uuid[])', [
    ids,
    [...tree.parents.values()],
  ]);
  await client.query(
    `insert into products select gen_random_uuid(), c, 'Product ' || p, p, now() - make_interval(secs => row_number() over ()), null
       from unnest($1::uuid[], $2::bigint[]) as given (c, p)`,
    [
      Array.from({ length: productCount }, () => ids[random(ids.length)]),
      Array.from({ length: productCount }, () => 100 + random(10_000_000)),
    ],
  );
  await client.query(`
    create index on categories (parent_id);
    create index on products (category_id, created_at, id);
    create index on products (category_id) include (price_minor) where deleted_at is null;
    create index on products (created_at, id) where deleted_at is null;
    create index on products (price_minor, id) where deleted_at is null;
    create table category_totals as select category_id, count(*) as product_count, sum(price_minor)::bigint as price_minor_sum
      from products where deleted_at is null group by category_id;
    alter table category_totals add primary key (category_id);
    ${storage.setup}`);
  await client.query('vacuum analyze');
}

interface Sample {
  p50: number;
  p95: number;
}

async function measure(times: number, run: (index: number) => Promise<unknown>): Promise<Sample> {
  const took: number[] = [];
  for (let index = -3; index < times; index += 1) {
    const start = performance.now();
    await run(Math.max(index, 0));
    if (index >= 0) took.push(performance.now() - start);
  }
  took.sort((a, b) => a - b);
  const below = (share: number) => at(took, Math.min(took.length - 1, Math.floor(took.length * share)));
  return { p50: below(0.5), p95: below(0.95) };
}

async function measureStorage(client: Client, storage: Storage): Promise<Record<string, Sample>> {
  const random = createRandom(7);
  const tree = plantTree(random);
  await fill(client, tree, random, storage);
  const root = at(at(tree.levels, 0), 0);
  const inner = tree.levels.slice(1, 11).flat();
  const subtrees = Array.from({ length: 200 }, () => at(inner, random(inner.length)));
  const query = (sql: string, ...values: unknown[]) => client.query(sql, values);
  const page = (order: string) => (id: string) =>
    query(
      `select * from products where deleted_at is null and category_id in (${storage.subtree}) order by ${order} limit 51`,
      id,
    );
  const newest = page('created_at desc, id desc');
  const cheapest = page('price_minor, id');
  const average = (id: string) =>
    query(`select avg(price_minor) from products where deleted_at is null and category_id in (${storage.subtree})`, id);
  const averageOfTotals = (id: string) =>
    query(
      `select sum(price_minor_sum) / sum(product_count) from category_totals where category_id in (${storage.subtree})`,
      id,
    );
  const mid = at(at(tree.levels, 2), 0);
  const home = tree.parents.get(mid);
  const away = at(tree.levels, 1).find((id) => id !== home);
  const over = (ask: (id: string) => Promise<unknown>) => measure(subtrees.length, (index) => ask(at(subtrees, index)));
  return {
    'insert a category': await measure(100, async (index) => {
      const id = crypto.randomUUID();
      await query('begin');
      await query('insert into categories (id, parent_id) values ($1, $2)', id, subtrees[index]);
      for (const sql of storage.insert) await query(sql, id, subtrees[index]);
      await query('commit');
    }),
    'move a subtree of some 300': await measure(20, async (index) => {
      await query('begin');
      for (const sql of storage.move)
        await client.query(sql, [mid, index % 2 ? home : away].slice(0, argumentCount(sql)));
      await query('commit');
    }),
    'page by newest, random subtree': await over(newest),
    'page by newest, root': await measure(30, () => newest(root)),
    'page by price, random subtree': await over(cheapest),
    'page by price, root': await measure(30, () => cheapest(root)),
    'average, random subtree': await over(average),
    'average, root': await measure(30, () => average(root)),
    'average of totals, random subtree': await over(averageOfTotals),
    'average of totals, root': await measure(30, () => averageOfTotals(root)),
  };
}

const argumentCount = (sql: string): number => (sql.includes('$2') ? 2 : 1);

const print = (cells: string[]) => process.stdout.write(`| ${cells.join(' | ')} |\n`);

async function compareStorages(url: string | undefined): Promise<void> {
  if (url === undefined) throw new Error('set DATABASE_URL to a database this may use');
  const client = new Client({ connectionString: url });
  await client.connect();
  const results = new Map<string, Record<string, Sample>>();
  for (const storage of storages) {
    await client.query('create extension if not exists ltree');
    results.set(storage.name, await measureStorage(client, storage));
  }
  await client.query('drop schema catalog_tree_bench cascade');
  await client.end();
  const rows = Object.keys(results.get('closure table') ?? {});
  print(['p50 / p95 in ms', ...results.keys()]);
  print(['---', ...[...results.keys()].map(() => '---:')]);
  for (const row of rows) {
    print([row, ...[...results.values()].map((each) => `${each[row]?.p50.toFixed(1)} / ${each[row]?.p95.toFixed(1)}`)]);
  }
}

await compareStorages(process.env['DATABASE_URL']);
