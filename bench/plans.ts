// Owns the plans of reads in an old shop: the statements that the product itself sends, explained, and none reading a table whole.

import { Kysely, PostgresDialect } from 'kysely';
import { Pool } from 'pg';
import { findProducts } from '../src/catalog/list-products.ts';
import { type Identity, type Permission, permissions } from '../src/identity/identity.ts';
import { type OrderListQuery, searchOrders } from '../src/orders/list-orders.ts';
import { orderCode } from '../src/orders/order-code.ts';
import { findOrder } from '../src/orders/store.ts';
import type { Database } from '../src/platform/database.ts';

interface Statement {
  sql: string;
  parameters: readonly unknown[];
}

interface Subjects {
  orderId: string;
  ownerId: string;
  phoneNumber: string;
  name: string;
}

/** A Markdown page of plans, and those of them that read a table whole. */
export async function explainReads(url: string): Promise<{ page: string; wholeTables: string[] }> {
  const statements: Statement[] = [];
  const pool = new Pool({ connectionString: url, max: 1 });
  const db = new Kysely<Database>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query: { sql, parameters } }) => void statements.push({ sql, parameters }),
  });
  try {
    const { rows } = await pool.query<Subjects>(`
      select orders.id as "orderId", orders.user_id as "ownerId", orders.phone_number as "phoneNumber", orders.name
      from orders join customers on customers.id = customer_id where issuer = 'https://old.test/' order by number desc limit 1`);
    const sections: string[] = [];
    const wholeTables: string[] = [];
    for (const [title, read] of Object.entries(readsOf(db, rows[0] as Subjects))) {
      statements.length = 0;
      await read();
      const plans = await explain(pool, [...statements]);
      if (/Seq Scan/.test(plans)) wholeTables.push(title);
      sections.push(`## ${title}\n\n\`\`\`\n${plans}\n\`\`\`\n`);
    }
    return { page: sections.join('\n'), wholeTables };
  } finally {
    await db.destroy();
  }
}

const caller = (userId: string, granted: readonly Permission[]): Identity => ({
  issuer: '',
  subject: '',
  userId,
  isMachine: false,
  permissions: new Set(granted),
  name: undefined,
  email: undefined,
});

function readsOf(db: Kysely<Database>, subjects: Subjects): Record<string, () => Promise<unknown>> {
  const asked = (url: string) => ({ baseUrl: 'http://localhost:8000', url });
  const orders = (identity: Identity, query: OrderListQuery) => () =>
    searchOrders({ db, defaultRegion: 'KE' }, identity, query, asked('/api/v1/orders/'));
  const products = (query: Parameters<typeof findProducts>[1]) => () =>
    findProducts({ db, decimals: 2 }, query, asked('/api/v1/products/'));
  const staff = caller('00000000-0000-0000-0000-000000000000', permissions);
  return {
    'GET /products/': products({}),
    'GET /products/?ordering=price': products({ ordering: 'price' }),
    'GET /products/?search=sufuria': products({ search: 'sufuria' }),
    'GET /orders/ (own)': orders(caller(subjects.ownerId, []), {}),
    'GET /orders/ (staff)': orders(staff, {}),
    'GET /orders/?status=dispatched': orders(staff, { status: 'dispatched' }),
    'GET /orders/?search=code': orders(staff, { search: orderCode(1_234_567) }),
    'GET /orders/?search=phone': orders(staff, { search: subjects.phoneNumber }),
    'GET /orders/?search=name': orders(staff, { search: subjects.name }),
    'GET /orders/{id}/': () => findOrder(db, subjects.orderId),
  };
}

/** In one transaction, since some statements only set what holds for those after them. */
async function explain(pool: Pool, statements: Statement[]): Promise<string> {
  const plans: string[] = [];
  const client = await pool.connect();
  try {
    await client.query('begin');
    for (const { sql, parameters } of statements.filter(isInTransaction)) {
      const setsOnly = sql.includes('set_config');
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        setsOnly ? sql : `explain (analyze, buffers, timing off) ${sql}`,
        [...parameters],
      );
      if (!setsOnly) plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
    }
  } finally {
    await client.query('rollback');
    client.release();
  }
  return plans.map((plan) => plan.replaceAll(/.{2000,}/g, (line) => `${line.slice(0, 200)} ...`)).join('\n\n');
}

const isInTransaction = ({ sql }: Statement): boolean => !/^\s*(begin|commit|rollback|set)\b/i.test(sql);
