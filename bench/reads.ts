// Owns the measuring of reads in an old shop: lists, searches and single things, by who asks for them.

import { orderCode } from '../src/orders/order-code.ts';
import { encodeCursor } from '../src/platform/page.ts';
import { type Figures, medianOf } from './figures.ts';
import { figuresOf, type Timing, withCost } from './intake.ts';
import { read } from './load.ts';
import { oldShop } from './seed.ts';
import type { Shop } from './shop.ts';
import { query, type Stack } from './stack.ts';

export interface Read {
  name: string;
  /** Who asks. */
  token: string | undefined;
  /** Asked for in turn. */
  paths: string[];
  connections: number;
}

function cursorOf(page: string): string {
  const [createdMs, id] = page.split(' ');
  return encodeCursor([Number(createdMs), id ?? '']);
}

const search = (values: string[]) => values.map((value) => `?search=${encodeURIComponent(value)}`);

const crowd = 64;
const few = 4;

const productSearch = (name: string, words: string[]): Read => ({
  name: `products, ?search=, ${name}`,
  token: undefined,
  paths: search(words).map((each) => `/api/v1/products/${each}`),
  connections: few,
});

/** As many as fit into the longest search that is taken: two letters each. */
const manyWords = (letters: string): string =>
  Array.from({ length: 33 }, (_, place) => `${letters[(2 * place) % letters.length]}${'aeiou'[place % 5]}`).join(' ');

/** What is read, in a shop that was seeded. */
export async function readsOf(shop: Shop): Promise<Read[]> {
  const of = async (sql: string) => (await query<{ value: string }>(shop.url, sql)).map(({ value }) => value);
  const [products, pages, orders, phones, names, subjects] = await Promise.all([
    of('select id as value from products order by random() limit 500'),
    of(
      `select floor(extract(epoch from created_at) * 1000) || ' ' || id as value from products order by random() limit 500`,
    ),
    of('select id as value from orders where number % 10000 = 7 limit 500'),
    of(`select distinct phone_number as value from orders where number % 10000 = 7 limit 200`),
    of(`select distinct name as value from customers where issuer = 'https://old.test/' limit 200`),
    // Those who have ordered the most come first: see seed.ts.
    of(`select subject as value from customers where issuer <> 'https://old.test/' order by user_id`),
  ]);
  const tokenOf = (place: number) => shop.customers.find(({ subject }) => subject === subjects[place])?.token;
  const staff = (name: string, queries: string[]): Read => ({
    name: `orders, staff${name}`,
    token: shop.staffToken,
    paths: queries.map((each) => `/api/v1/orders/${each}`),
    connections: few,
  });
  const codes = Array.from({ length: 200 }, (_, place) => orderCode(1_000 + place * Math.floor(oldShop.orders / 201)));
  return [
    { name: 'products, 50', token: undefined, paths: ['/api/v1/products/'], connections: crowd },
    {
      name: 'products, 50, of 500 different pages',
      token: undefined,
      paths: pages.map((page) => `/api/v1/products/?cursor=${cursorOf(page)}`),
      connections: crowd,
    },
    productSearch('1 word', ['sufuria', 'thermos', 'wooden', 'kanga']),
    productSearch('3 words', ['blue sufuria 1250', 'steel jiko 44', 'fresh lamp 99', 'woven mat 300']),
    productSearch('1 word misspelt', ['sufuira', 'thremos', 'woodden', 'buket']),
    productSearch(
      '33 words',
      ['l o b s m d f w p k', 'a e i o u l b g s t'].map((letters) => manyWords(letters)),
    ),
    { name: 'product', token: undefined, paths: products.map((id) => `/api/v1/products/${id}/`), connections: crowd },
    { name: 'orders, own, of 16,000', token: tokenOf(0), paths: ['/api/v1/orders/'], connections: few },
    { name: 'orders, own, of some 300', token: tokenOf(500), paths: ['/api/v1/orders/'], connections: few },
    staff('', ['']),
    staff(', ?status=', ['?status=pending', '?status=dispatched', '?status=completed', '?status=cancelled']),
    staff(', ?search=code', search(codes)),
    staff(', ?search=phone', search(phones)),
    staff(', ?search=name', search(names)),
    staff(', ?search=family name', search(['Kamau', 'Otieno', 'Wafula'])),
    { name: 'order', token: shop.staffToken, paths: orders.map((id) => `/api/v1/orders/${id}/`), connections: few },
  ];
}

/** @throws when anything was answered with other than 200 */
export async function measureRead(stack: Stack, shop: Shop, asked: Read, timing: Timing): Promise<Figures> {
  const { token, paths, connections } = asked;
  const runs: Figures[] = [];
  await read(shop, token, paths, { connections, seconds: timing.warmUpSeconds });
  for (let time = 0; time < timing.times; time += 1) {
    const cost = await withCost(stack, shop, () => read(shop, token, paths, { connections, seconds: timing.seconds }));
    const { refused, socketErrors } = cost.load;
    if (refused + socketErrors > 0) throw new Error(`${asked.name}: ${refused} refused, ${socketErrors} broken`);
    runs.push(figuresOf(shop, connections, cost));
  }
  return medianOf(runs);
}
