// Owns the shop that orders are placed in: its products, its customers with their tokens, and the services that serve it.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { decodeJwt } from 'jose';
import { query, type Service, type Stack } from './stack.ts';

export interface Customer {
  /** As the token names them. */
  subject: string;
  token: string;
  /** E.164. */
  phoneNumber: string;
}

export interface Shop {
  url: string;
  services: Service[];
  customers: Customer[];
  productIds: string[];
  staffToken: string;
  /** Tokens, phone numbers and products, in the form that orders.lua reads. */
  ordersFile: string;
  close(): Promise<void>;
}

const productCount = 1_000;
const audience = 'https://agizo.test/api';

export interface ShopOptions {
  /** Service processes on the shop's one database. */
  processes?: number;
  /** A thousand when not said. */
  customers?: number;
  environment?: Record<string, string>;
}

let shops = 0;

/** Opens a shop in a database of its own, nothing in it but products; its customers come with their first orders. */
export async function openShop(stack: Stack, options: ShopOptions = {}): Promise<Shop> {
  const name = `shop_${(shops += 1)}`;
  const url = await stack.createDatabase(name);
  const first = await stack.startService(url, options.environment);
  const issuer = `http://127.0.0.1:${first.port}/`;
  const services = [first];
  for (let number = 1; number < (options.processes ?? 1); number += 1) {
    services.push(await stack.startService(url, { ...options.environment, OIDC_ISSUER: issuer }));
  }
  const productIds = await addProducts(url);
  const customers = await signIn(first.port, options.customers ?? 1_000);
  const ordersFile = path.join(stack.folder, `${name}.tsv`);
  const lines = customers.map((customer) => `${customer.token}\t${customer.phoneNumber}`);
  writeFileSync(ordersFile, [...lines, '', ...productIds].join('\n'));
  return {
    url,
    services,
    customers,
    productIds,
    staffToken: await requestToken(first.port, 'staff@agizo.test'),
    ordersFile,
    async close() {
      await Promise.all(services.map((service) => service.stop()));
      await stack.dropDatabase(name);
    },
  };
}

async function addProducts(url: string): Promise<string[]> {
  const rows = await query<{ id: string }>(
    url,
    `with category as (
      insert into categories (id, code, title, created_at, updated_at)
      values (uuidv7(), 'BENCH', 'Bench', now(), now()) returning id
    ), path as (
      insert into category_paths (ancestor_id, descendant_id, depth) select id, id, 0 from category
    ), added as (
      insert into products (id, category_id, sku, name, price_minor, created_at, updated_at)
      select uuidv7(), category.id, 'BENCH-' || i, 'Product ' || i, 1000 + 100 * (i % 990), now(), now()
      from category, generate_series(1, ${productCount}) as i returning id
    ), stocked as (
      insert into stock (product_id, on_hand) select id, 1000000000 from added
    )
    select id from added order by id`,
  );
  return rows.map((row) => row.id);
}

/** A few at a time: signing in is not what is measured. */
async function signIn(port: number, count: number): Promise<Customer[]> {
  const customers: Customer[] = [];
  const next = async () => {
    for (let number = customers.length; number < count; number = customers.length) {
      const customer = { subject: '', token: '', phoneNumber: `+2547${String(number).padStart(8, '0')}` };
      customers.push(customer);
      customer.token = await requestToken(port, `user${number}@agizo.test`);
      customer.subject = decodeJwt(customer.token).sub ?? '';
    }
  };
  await Promise.all(Array.from({ length: 8 }, next));
  return customers;
}

async function requestToken(port: number, username: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ grant_type: 'password', client_id: 'agizo', username, password: 'agizo', audience }),
  });
  if (!answer.ok) throw new Error(`no token for ${username}: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { access_token: string }).access_token;
}
