// Owns the old shop: 5,000,000 orders of 100,000 customers, and a catalogue of 100,000 products.

import { Client } from 'pg';

export const oldShop = { orders: 5_000_000, customers: 100_000, products: 100_000 };

interface Definition {
  table: string;
  name: string;
  kind: 'constraint' | 'index';
  definition: string;
}

// What is slow to keep up row by row: primary keys and unique constraints first, since foreign keys need them.
const definitionsOf = `
  select conrelid::regclass::text as table, quote_ident(conname) as name, 'constraint' as kind,
    pg_get_constraintdef(oid) as definition
  from pg_constraint
  where contype in ('p', 'u', 'f') and (conrelid in ('orders'::regclass, 'order_lines'::regclass) or confrelid = 'orders'::regclass)
    and conparentid = 0
  union all
  select indrelid::regclass::text, indexrelid::regclass::text, 'index', pg_get_indexdef(indexrelid)
  from pg_index
  where indrelid in ('orders'::regclass, 'order_lines'::regclass)
    and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u'))
  order by 3, 4 desc, 1, 2`;

/** Fills a shop as years of trade would; its schema is the same afterwards. @throws when it isn't */
export async function seedOldShop(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const definitions = async () => (await client.query<Definition>(definitionsOf)).rows;
    const before = await definitions();
    await client.query(`
      set synchronous_commit = off; set maintenance_work_mem = '512MB'; set work_mem = '64MB'`);
    // With the triggers that keep the words of their names.
    await client.query(customers);
    await client.query('set session_replication_role = replica');
    await drop(client, before);
    await client.query(orders);
    await client.query(lines);
    await create(client, before);
    await client.query('set session_replication_role = origin');
    await client.query(products);
    await client.query('reset synchronous_commit');
    if (JSON.stringify(before) !== JSON.stringify(await definitions())) {
      throw new Error('seeding did not leave the schema as it found it');
    }
    await client.query('vacuum analyze');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

async function drop(client: Client, definitions: Definition[]): Promise<void> {
  const foreignKeysFirst = definitions.toSorted(
    (a, b) => Number(b.definition.startsWith('FOREIGN')) - Number(a.definition.startsWith('FOREIGN')),
  );
  for (const { table, name, kind } of foreignKeysFirst) {
    await client.query(kind === 'index' ? `drop index ${name}` : `alter table ${table} drop constraint ${name}`);
  }
}

async function create(client: Client, definitions: Definition[]): Promise<void> {
  for (const { table, name, kind, definition } of definitions) {
    await client.query(kind === 'index' ? definition : `alter table ${table} add constraint ${name} ${definition}`);
  }
}

// Strangers beside those who have signed in. 1,200 full names, so that each has some 80 namesakes.
const customers = `
  with names as (
    select array['Achieng','Amina','Baraka','Chebet','Daudi','Esther','Fatuma','Grace','Hassan','Imani','Jabali','Juma',
      'Kamene','Kevin','Lilian','Makena','Mercy','Mutua','Naliaka','Njeri','Odhiambo','Omar','Peris','Rehema','Salim',
      'Subira','Tabitha','Wambui','Wanjiku','Zawadi'] as first,
    array['Abdi','Achola','Barasa','Chelimo','Gathoni','Gitau','Hussein','Kamau','Karanja','Kariuki','Kibet','Kimani',
      'Kiptoo','Koech','Langat','Macharia','Maina','Makori','Mbugua','Mohamed','Muriuki','Mutiso','Mwangi','Mwende',
      'Ndungu','Njoroge','Nyambura','Ochieng','Odinga','Ogola','Okoth','Onyango','Otieno','Oyugi','Rotich','Ruto',
      'Simiyu','Wafula','Wanyama','Were'] as family
  ), added as (
    insert into customers (id, user_id, issuer, subject, name, email, phone_number, address, created_at, updated_at)
    select uuidv7(interval '-2 years'), gen_random_uuid(), 'https://old.test/', 'old|' || i,
      first[1 + i % 30] || ' ' || family[1 + (i / 30) % 40], 'old' || i || '@agizo.test', '+2541' || lpad(i::text, 8, '0'),
      'Stall ' || i || ', Gikomba', now() - interval '2 years', now() - interval '2 years'
    from names, generate_series(1, ${oldShop.customers} - (select count(*) from customers)) as i
    returning phone_number, user_id
  )
  insert into customer_phone_numbers (phone_number, user_id) select phone_number, user_id from added`;

// Over the last two years, the newest last and still open; the busiest customer has some 16,000 of them.
const orders = `
  with numbered as materialized (
    select row_number() over (order by issuer, user_id) - 1 as place, id, user_id, name, email, phone_number, address
    from customers
  ), drawn as materialized (
    select i, uuidv7(make_interval(secs => -12.0 * (${oldShop.orders} + 1 - i))) as id,
      floor(${oldShop.customers} * random() ^ 2)::bigint as place
    from generate_series(1, ${oldShop.orders}) as i
  )
  insert into orders (id, customer_id, user_id, status, currency, total_minor, name, email, phone_number, address,
    idempotency_id, fingerprint, created_at, updated_at)
  select drawn.id, numbered.id, user_id,
    case when i > ${oldShop.orders} - 2000 then 'pending' when i > ${oldShop.orders} - 5000 then 'confirmed'
      when i > ${oldShop.orders} - 9000 then 'dispatched' when i % 25 = 0 then 'cancelled' else 'completed' end,
    'KES', case when i % 5 = 0 then 5000 else 2500 end, name, email, phone_number, address, gen_random_uuid(),
    gen_random_uuid(), uuid_extract_timestamp(drawn.id), uuid_extract_timestamp(drawn.id)
  from drawn join numbered using (place) order by i`;

const lines = `
  with shelf as materialized (select array_agg(id) as ids from products)
  insert into order_lines (order_id, position, id, product_id, quantity, price_minor, took_stock, variant_id, total_minor, sku, name)
  select orders.id, position, uuidv7(), products.id, 1, 2500, false, products.id, 2500, products.sku, products.name
  from orders cross join shelf cross join generate_series(1, case when total_minor = 5000 then 2 else 1 end) as position
    join products on products.id = ids[1 + (number + position * 499) % array_length(ids, 1)]
  where not exists (select from order_lines where order_id = orders.id)`;

const products = `
  with category as (select id from categories where code = 'BENCH'), added as (
    insert into products (id, category_id, sku, name, description, price_minor, created_at, updated_at)
    select uuidv7(make_interval(secs => -600.0 * i)), category.id, 'OLD-' || i,
      (array['Blue','Green','Large','Small','Steel','Wooden','Woven','Spare','Fresh','Dried'])[1 + i % 10] || ' ' ||
      (array['basket','bucket','jiko','kanga','lamp','mat','panga','pot','sufuria','thermos'])[1 + (i / 10) % 10] || ' ' || i,
      repeat('What it is made of, and what it is good for. ', 4), 1000 + 7919 * i % 990000,
      date_trunc('milliseconds', now() - make_interval(secs => 600.0 * i)), now()
    from category, generate_series(1, ${oldShop.products} - (select count(*) from products)) as i returning id
  )
  insert into stock (product_id, on_hand) select id, 1000 from added`;
