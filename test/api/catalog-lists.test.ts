// Owns the facts about lists of products: filters, orders, pages and the average price.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openShop, type Shop } from '../support/catalog.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let shop: Shop;
let food: string;
let drinks: string;

interface Listed {
  id: string;
  name: string;
  price: number;
}

beforeAll(async () => {
  service = await startService({ worker: false });
  shop = await openShop(service);
  food = await shop.category('Food');
  drinks = await shop.category('Drinks', food);
  const coffee = await shop.category('Coffee', drinks);
  const tools = await shop.category('Tools');
  // Oldest first. Two prices and two names are the same, so that ties have to be told apart.
  await shop.product({ category: food, name: 'Éclair', price: 30, stock: 4 });
  await shop.product({ category: food, name: 'apple', price: 10, stock: 0 });
  await shop.product({ category: drinks, name: 'Brookside milk', price: 10 });
  await shop.product({ category: coffee, name: 'Coffee beans', price: 80, stock: 1, sku: 'NYERI-AA' });
  await shop.product({ category: coffee, name: 'Coffee beans', price: 90.25, stock: 0 });
  await shop.product({ category: tools, name: 'Samsung drill', price: 5000 });
  await shop.product({ category: tools, name: 'Zip ties', price: 10, stock: 3 });
});

afterAll(() => service.stop());

async function list(query: string): Promise<Listed[]> {
  const answer = await service.request('GET', `/api/v1/products/?${query}`);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}

const names = async (query: string) => (await list(query)).map((product) => product.name);

test('lists newest first', async () => {
  expect(await names('')).toEqual([
    'Zip ties',
    'Samsung drill',
    'Coffee beans',
    'Coffee beans',
    'Brookside milk',
    'apple',
    'Éclair',
  ]);
});

test('a category takes in everything below it', async () => {
  expect(await names(`category_id=${food}&ordering=created_at`)).toEqual([
    'Éclair',
    'apple',
    'Brookside milk',
    'Coffee beans',
    'Coffee beans',
  ]);
  expect(await names(`category_id=${drinks}&max_price=80`)).toEqual(['Coffee beans', 'Brookside milk']);
  expect(await names(`category_id=${randomUUID()}`)).toEqual([]);
});

test('prices narrow the list, both bounds included', async () => {
  expect(await names('min_price=30&max_price=90.25&ordering=price')).toEqual([
    'Éclair',
    'Coffee beans',
    'Coffee beans',
  ]);
  expect(await names('max_price=10&ordering=name')).toEqual(['apple', 'Brookside milk', 'Zip ties']);
});

test('in stock means that it can be ordered, counted or not', async () => {
  expect(await names('in_stock=true&ordering=name')).toEqual([
    'Brookside milk',
    'Coffee beans',
    'Éclair',
    'Samsung drill',
    'Zip ties',
  ]);
  expect(await names('in_stock=false&ordering=name')).toEqual(['apple', 'Coffee beans']);
});

describe('pages', () => {
  test.each(['created_at', '-created_at', 'name', '-name', 'price', '-price', 'search'])(
    'by %s hold every product once, ties included, in the order of the whole',
    async (ordering) => {
      const query = ordering === 'search' ? 'search=coffee' : `ordering=${ordering}`;
      const whole = (await list(query)).map((product) => product.id);
      expect(whole.length).toBeGreaterThan(1);
      const seen: string[] = [];
      let next: string | undefined = `/api/v1/products/?limit=1&${query}`;
      while (next) {
        const page = await service.request('GET', next);
        expect(page.headers.get('link')).toContain('rel="first"');
        seen.push(...page.body.map((product: Listed) => product.id));
        next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1]?.slice(service.url.length);
      }
      expect(seen).toEqual(whole);
    },
  );

  test('names are in the order of a dictionary, whatever the case and the accents', async () => {
    expect(await names('ordering=name')).toEqual([
      'apple',
      'Brookside milk',
      'Coffee beans',
      'Coffee beans',
      'Éclair',
      'Samsung drill',
      'Zip ties',
    ]);
  });

  test('a product added meanwhile neither repeats nor hides one', async () => {
    const first = await service.request('GET', `/api/v1/products/?limit=2&category_id=${food}`);
    const added = await shop.product({ category: food, name: 'Late' });
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1]?.slice(service.url.length) ?? '';
    const second = await service.request('GET', next);
    await shop.send('DELETE', `/products/${added.id}/`);
    expect(second.body.map((product: Listed) => product.name)).toEqual(['Brookside milk', 'apple']);
  });
});

const average = (query: string) => service.request('GET', `/api/v1/products/average_price/${query}`);

describe('the average price', () => {
  test('is over the category and everything below it, rounded to the currency', async () => {
    expect((await average(`?category_id=${drinks}`)).body).toEqual({ category_id: drinks, average_price: 60.08 });
    expect((await average(`?category_id=${food}`)).body.average_price).toBe(44.05);
  });

  test('answers the quoted id with a stray slash that the original documents', async () => {
    const expected = { category_id: drinks, average_price: 60.08 };
    for (const query of [`?category_id="${drinks}"/`, `?category_id=%22${drinks}%22/`, `?category_id=${drinks}/`]) {
      const answer = await average(query);
      expect([answer.status, answer.body]).toEqual([200, expected]);
    }
  });

  test('is 0 for an empty category', async () => {
    expect((await average(`?category_id=${await shop.category('Empty')}`)).body.average_price).toBe(0);
  });

  test('needs the id of a category that exists', async () => {
    expect((await average('')).status).toBe(400);
    expect((await average('?category_id=kitchen')).status).toBe(400);
    expect((await average(`?category_id=${randomUUID()}`)).status).toBe(404);
  });

  test('follows prices, moves between categories and deletions', async () => {
    const [here, there] = [await shop.category('Here'), await shop.category('There')];
    const { id } = await shop.product({ category: here, price: 10 });
    const other = await shop.product({ category: here, price: 20 });
    const averages = async () =>
      Promise.all([here, there].map(async (each) => (await average(`?category_id=${each}`)).body.average_price));
    expect(await averages()).toEqual([15, 0]);
    await shop.send('PATCH', `/products/${id}/`, { price: 40 });
    expect(await averages()).toEqual([30, 0]);
    await shop.send('PATCH', `/products/${id}/`, { category: there });
    expect(await averages()).toEqual([20, 40]);
    await shop.send('DELETE', `/products/${other.id}/`);
    expect(await averages()).toEqual([0, 40]);
  });
});

const cursor = (...values: unknown[]) => Buffer.from(JSON.stringify(values)).toString('base64url');

test.each([
  ['limit=201', '?limit'],
  ['limit=x', '?limit'],
  ['ordering=colour', '?ordering'],
  ['min_price=abc', '?min_price'],
  ['max_price=1.999', '?max_price'],
  ['min_price=-1', '?min_price'],
  ['in_stock=maybe', '?in_stock'],
  ['category_id=kitchen', '?category_id'],
  ['colour=red', '?colour'],
  ['search=a%00b', '?search'],
  ['cursor=nonsense', '?cursor'],
  [`cursor=${cursor(1, 'not an id')}`, '?cursor'],
  [`cursor=${cursor('2026-01-01', randomUUID())}`, '?cursor'],
  [`cursor=${cursor(8.64e15, randomUUID())}`, '?cursor'],
  [`cursor=${cursor(-1, randomUUID())}`, '?cursor'],
  [`ordering=price&cursor=${cursor(1.5, randomUUID())}`, '?cursor'],
  [`ordering=price&cursor=${cursor(1e300, randomUUID())}`, '?cursor'],
  [`ordering=name&cursor=${cursor(1, randomUUID())}`, '?cursor'],
  [`ordering=name&cursor=${cursor('a\0', randomUUID())}`, '?cursor'],
  [`search=milk&cursor=${cursor(1e300, randomUUID(), 0)}`, '?cursor'],
  [`search=milk&cursor=${cursor('', randomUUID())}`, '?cursor'],
  [`search=milk&cursor=${cursor('', randomUUID(), -1)}`, '?cursor'],
  [`search=milk&cursor=${cursor('', randomUUID(), 1.5)}`, '?cursor'],
  [`search=milk&cursor=${cursor('', randomUUID(), 1e9)}`, '?cursor'],
  [`search=milk&cursor=${cursor('a\0', randomUUID(), 0)}`, '?cursor'],
  [`search=milk&ordering=price&cursor=${cursor(10, randomUUID())}`, '?cursor'],
])('refuses ?%s', async (query, pointer) => {
  const refused = await service.request('GET', `/api/v1/products/?${query}`);
  expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer: pointer }] } });
});
