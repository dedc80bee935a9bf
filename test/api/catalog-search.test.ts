// Owns the facts about searching for products.

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

describe('search', () => {
  test.each([
    ['samsung', 'Samsung drill'],
    ['SAMSNUG', 'Samsung drill'],
    ['sasmung dril', 'Samsung drill'],
    ['drill samsung', 'Samsung drill'],
    ['broksid', 'Brookside milk'],
    ['cofee', 'Coffee beans'],
    ['nyeri-aa', 'Coffee beans'],
    ['milk', 'Brookside milk'],
    ['zip', 'Zip ties'],
  ])('%s finds %s first', async (text, name) => {
    expect((await names(`search=${encodeURIComponent(text)}`))[0]).toBe(name);
  });

  test.each([
    ['creme brulee', 'Crème brûlée'],
    ['Crème Brûlée', 'Creme brulee'],
    ['brulee', 'tarte_brûlée'],
    ['brulee', 'Dessert/brûlée 2'],
    ['brulee', '2brûlée'],
    ['brulee', 'x.brûlée-y'],
    ['huile', "L'huile d'olive"],
    ["l'huile", 'L’huile d’olive'],
    ['lhuile dolive', 'L´huile d`olive'],
    ['5kg', 'Unga 5 kg'],
    ['unga 5 kg', 'Unga 5kg'],
    ['strasse', 'Straße'],
    ['STRAẞE', 'Strasse'],
    ['istanbul', 'İstanbul'],
    ['ISTANBUL', 'ıstanbul'],
    ['kanga', 'Ｋａｎｇａ'],
    ['dan kasa', 'Ɗan Ƙasa'],
    ['Ɓera', 'bera'],
    ['smorgas', 'Smørgås'],
    ['sabuni', 'SABUNI®'],
    ['ቡና', 'የቡና ስኒ / ቡና'],
    ['sku 77', 'Thing with a SKU'],
    ['SKU-77', 'Thing with a SKU'],
    ['sku', 'Thing with a SKU'],
  ])('%s finds %s', async (text, name) => {
    const found = await shop.product({ category: food, name, ...(name.endsWith('SKU') && { sku: 'SKU-77' }) });
    const listed = await names(`search=${encodeURIComponent(text)}`);
    await shop.send('DELETE', `/products/${found.id}/`);
    expect(listed).toContain(name);
    expect(await names(`search=${encodeURIComponent(text)}`)).not.toContain(name);
  });

  test('a product that was renamed is found by its new name alone', async () => {
    const { id } = await shop.product({ category: food, name: 'Mandazi' });
    await shop.send('PATCH', `/products/${id}/`, { name: 'Chapati', sku: 'CHAP' });
    expect([await names('search=chapati'), await names('search=chap')]).toEqual([['Chapati'], ['Chapati']]);
    expect(await names('search=mandazi')).toEqual([]);
    await shop.send('DELETE', `/products/${id}/`);
  });

  test('the best match comes first, and pages hold each that matches once', async () => {
    const category = await shop.category('Ranked');
    const added: string[] = [];
    const add = async (name: string) => added.push((await shop.product({ category, name })).id);
    await add('Kikoy');
    await add('blue Kikoy');
    for (const name of ['Kikoyan', 'Kikoys', 'Kikoy kikoys', 'Kikoyan kikoys', 'Kikoi']) await add(name);
    for (let number = 0; number < 10; number += 1) await add(`Kikoy no. ${number} kikoy`);
    const whole = await names('search=kikoy&limit=200');
    expect(whole.slice(0, 3)).toEqual(['Kikoy', 'Kikoy no. 9 kikoy', 'Kikoy no. 8 kikoy']);
    expect(whole.slice(11)).toEqual(['Kikoy kikoys', 'blue Kikoy', 'Kikoyan kikoys', 'Kikoyan', 'Kikoys']);
    const similar = await names('search=kikoyz&limit=200');
    expect(similar.slice(0, 12).every((name) => /kikoy\b/i.test(name))).toBe(true);
    expect(new Set(similar)).toEqual(new Set([...whole, 'Kikoi']));
    for (const [query, all] of [
      ['search=kikoy', whole],
      ['search=kikoyz', similar],
      ['search=kikoy&ordering=name', await names('search=kikoy&ordering=name&limit=200')],
      ['search=kikoyz&ordering=-price', await names('search=kikoyz&ordering=-price&limit=200')],
    ] as const) {
      const seen: string[] = [];
      let next: string | undefined = `/api/v1/products/?limit=2&${query}`;
      while (next) {
        const page = await service.request('GET', next);
        seen.push(...page.body.map((product: Listed) => product.name));
        next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1]?.slice(service.url.length);
      }
      expect(seen, query).toEqual(all);
    }
    for (const id of added) await shop.send('DELETE', `/products/${id}/`);
  });

  test('nothing similar is offered where filters leave nothing of what was meant', async () => {
    expect(await names('search=zip&min_price=1000')).toEqual([]);
    expect(await names('search=zip&min_price=1000&ordering=price')).toEqual([]);
  });

  test('of a text of many words the longest eight count', async () => {
    const { id } = await shop.product({ category: food, name: 'Basmati rice extra long grain aged fragrant premium' });
    const text = 'premium basmati rice extra long grain aged fragrant x y z u v w a b c d e f g h i j k l m';
    expect(await names(`search=${encodeURIComponent(text)}`)).toEqual([
      'Basmati rice extra long grain aged fragrant premium',
    ]);
    await shop.send('DELETE', `/products/${id}/`);
  });

  test('every word must be found', async () => {
    expect(await names('search=samsung+milk')).toEqual([]);
  });

  test('a text with nothing to find finds nothing, and an empty one is no search', async () => {
    expect(await names('search=%25%27--')).toEqual([]);
    expect(await names('search=')).toHaveLength(7);
    expect(await names('search=xylophone')).toEqual([]);
  });

  test('goes with filters and orders', async () => {
    expect(await list('search=coffee&ordering=price')).toMatchObject([{ price: 80 }, { price: 90.25 }]);
    expect(await list(`search=coffee&in_stock=true&category_id=${drinks}`)).toMatchObject([{ price: 80 }]);
  });
});
