// Owns what tests of the catalogue share: adding categories and products as staff do, and filling it with many.

import { sql } from 'kysely';
import type { Answer, Service } from './service.ts';

/** Staff at work on the catalogue of a service. */
export interface Shop {
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** The id of a new category. */
  category(title: string, parent?: string | null): Promise<string>;
  /** A new product as the API shows it. */
  product(fields: { category: string; [field: string]: unknown }): Promise<Answer['body']>;
}

export async function openShop(service: Service): Promise<Shop> {
  const token = await service.tokenFor('staff');
  const shop: Shop = {
    send: (method, path, body, headers) =>
      service.request(method, `/api/v1${path}`, { token, body, ...(headers && { headers }) }),
    async category(title, parent = null) {
      return created(await shop.send('POST', '/categories/', { title, parent })).id;
    },
    async product(fields) {
      return created(await shop.send('POST', '/products/', { name: 'Mug', price: 10, ...fields }));
    },
  };
  return shop;
}

function created(answer: Answer): Answer['body'] {
  if (answer.status !== 201) throw new Error(`not created: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Ids of the categories that `fillCatalog` makes: 0 is the root, the children of n are 10n + 1 to 10n + 10. */
export const filledCategory = (number: number): string =>
  `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;

/** The same in SQL. */
const id = (number: string) => sql.raw(`('00000000-0000-7000-8000-' || lpad(to_hex(${number}), 12, '0'))::uuid`);

/** A tree of 1,111 categories and as many products as asked for, with statistics, as a database has that has run a while. */
export async function fillCatalog(service: Service, products: number): Promise<void> {
  const { db } = service;
  await sql`
    insert into categories (id, parent_id, code, title, created_at, updated_at)
    select ${id('n')}, case when n > 0 then ${id('(n - 1) / 10')} end, 'N' || n, 'Category ' || n, now(), now()
    from generate_series(0, 1110) as n`.execute(db);
  await sql`
    with recursive up as (
      select id as ancestor, id as descendant, 0 as depth from categories
      union all select parent_id, descendant, depth + 1 from up join categories on id = ancestor where parent_id is not null)
    insert into category_paths select * from up`.execute(db);
  // A statement has ten seconds, and two cores may have other tests to run.
  for (let from = 1; from <= products; from += 5_000) {
    await sql`
      insert into products (id, category_id, sku, name, description, price_minor, created_at, updated_at)
      select gen_random_uuid(), ${id('(n * 7919 % 1111)::int')}, 'SKU-' || n, 'Product ' || (n * 7919 % 1000003),
        'As good as new.', (n * 104729) % 1000000, now() - make_interval(secs => n), now()
      from generate_series(${from}::bigint, ${Math.min(from + 4_999, products)}::bigint) as n`.execute(db);
  }
  await sql`insert into stock select id, (price_minor / 7) % 50 from products where price_minor % 5 > 0`.execute(db);
  for (const table of ['categories', 'category_paths', 'category_totals', 'products', 'product_words', 'stock']) {
    await sql`vacuum analyze ${sql.table(table)}`.execute(db);
  }
}
