// Owns the facts about categories over HTTP.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CategoryFields, createCategory } from '../../src/catalog/edit-categories.ts';
import { openShop, type Shop } from '../support/catalog.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let shop: Shop;

beforeAll(async () => {
  service = await startService({ worker: false });
  shop = await openShop(service);
});

afterAll(() => service.stop());

const ids = (body: { id: string }[]) => body.map((each) => each.id);
const create = (fields: CategoryFields, newCode?: () => string) =>
  service.db.transaction().execute((trx) => {
    const deps = { clock: () => new Date(), newId: service.newId, ...(newCode && { newCode }) };
    return createCategory(deps, trx, fields);
  });
const problem = (slug: string) => ({ type: `https://agizo.dev/problems/${slug}` });

test('a new category has a code of 8 upper-case letters and digits, and can be read by anyone', async () => {
  const answer = await shop.send('POST', '/categories/', { title: 'Kitchen' });
  expect(answer.status).toBe(201);
  expect(answer.body).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
    code: expect.stringMatching(/^[A-Z0-9]{8}$/),
    title: 'Kitchen',
    parent: null,
  });
  expect(answer.headers.get('location')).toBe(`/api/v1/categories/${answer.body.id}/`);
  const read = await service.request('GET', `/api/v1/categories/${answer.body.id}`);
  expect(read.body).toEqual(answer.body);
});

test('a given code is kept, and refused the second time', async () => {
  const first = await shop.send('POST', '/categories/', { title: 'One', code: 'TAKEN1' });
  expect(first.body.code).toBe('TAKEN1');
  const second = await shop.send('POST', '/categories/', { title: 'Two', code: 'TAKEN1' });
  expect(second.status).toBe(409);
  expect(second.body).toMatchObject({ ...problem('duplicate'), errors: [{ pointer: '/code' }] });
  const other = await shop.category('Three');
  const renamed = await shop.send('PATCH', `/categories/${other}/`, { code: 'TAKEN1' });
  expect(renamed.body).toMatchObject(problem('duplicate'));
});

test('a generated code that is taken is drawn again', async () => {
  const codes = ['SAMECODE', 'SAMECODE', 'SAMECODE', 'FREECODE'];
  const newCode = () => codes.shift() ?? '';
  expect((await create({ title: 'First', parentId: null }, newCode)).code).toBe('SAMECODE');
  expect((await create({ title: 'Second', parentId: null }, newCode)).code).toBe('FREECODE');
});

describe('the shape of the tree', () => {
  test('moving a category takes everything below it along', async () => {
    const [left, right] = [await shop.category('Left'), await shop.category('Right')];
    const child = await shop.category('Child', left);
    const grandchild = await shop.category('Grandchild', child);
    await shop.product({ category: grandchild, price: 30 });
    const average = async (id: string) =>
      (await shop.send('GET', `/products/average_price/?category_id=${id}`)).body.average_price;
    expect([await average(left), await average(right)]).toEqual([30, 0]);

    const moved = await shop.send('PATCH', `/categories/${child}/`, { parent: right });
    expect(moved.body).toMatchObject({ id: child, parent: right });
    expect([await average(left), await average(right)]).toEqual([0, 30]);

    await shop.send('PUT', `/categories/${child}/`, { title: 'Child at the top' });
    expect([await average(left), await average(right), await average(child)]).toEqual([0, 0, 30]);
  });

  test('a category can go under neither itself nor a descendant', async () => {
    const top = await shop.category('Top');
    const middle = await shop.category('Middle', top);
    const bottom = await shop.category('Bottom', middle);
    for (const parent of [top, middle, bottom]) {
      const refused = await shop.send('PATCH', `/categories/${top}/`, { parent });
      expect(refused.status).toBe(409);
      expect(refused.body).toMatchObject({ ...problem('category-cycle'), errors: [{ pointer: '/parent' }] });
    }
    expect((await shop.send('GET', `/categories/${top}/`)).body.parent).toBeNull();
  });

  test('an unknown parent is refused', async () => {
    const body = { title: 'Lost', parent: randomUUID() };
    expect(await shop.send('POST', '/categories/', body)).toMatchObject({
      status: 422,
      body: problem('unknown-category'),
    });
    const id = await shop.category('Found');
    expect(await shop.send('PUT', `/categories/${id}/`, body)).toMatchObject({ status: 422 });
  });

  // Half a million paths: on a busy machine that takes a while.
  test('a tree of 1,000 levels can be built and read, and one of 1,001 is refused', async () => {
    const top = await shop.category('Level 0');
    let bottom = top;
    for (let level = 1; level <= 1_000; level += 1) {
      bottom = (await create({ title: `Level ${level}`, parentId: bottom })).id;
    }
    const refused = await shop.send('POST', '/categories/', { title: 'Level 1001', parent: bottom });
    expect(refused).toMatchObject({ status: 422, body: problem('category-too-deep') });

    const tree = await shop.send('GET', '/categories/?tree=true');
    let node = tree.body.find((each: { id: string }) => each.id === top);
    let depth = 0;
    for (; node.children.length > 0; node = node.children[0]) depth += 1;
    expect(depth).toBe(1_000);
  }, 60_000);

  test('lists narrow to the children of one category or to the top, and nest on request', async () => {
    const top = await shop.category('Nested');
    const [older, newer] = [await shop.category('Older', top), await shop.category('Newer', top)];
    const leaf = await shop.category('Leaf', older);

    expect(ids((await shop.send('GET', `/categories/?parent=${top}`)).body)).toEqual([newer, older]);
    const tops = await shop.send('GET', '/categories/?parent=null&limit=200');
    expect(ids(tops.body)).toContain(top);
    expect(ids(tops.body)).not.toContain(leaf);
    const nested = await shop.send('GET', `/categories/?parent=${top}&tree=true`);
    expect(nested.body).toMatchObject([
      { id: newer, children: [] },
      { id: older, children: [{ id: leaf, parent: older, children: [] }] },
    ]);
  });
});

describe('deleting', () => {
  test('an empty category goes away', async () => {
    const id = await shop.category('Short-lived');
    expect((await shop.send('DELETE', `/categories/${id}/`)).status).toBe(204);
    expect((await shop.send('GET', `/categories/${id}/`)).status).toBe(404);
    expect((await shop.send('DELETE', `/categories/${id}/`)).status).toBe(404);
  });

  test('a category with a child stays', async () => {
    const top = await shop.category('Parent');
    await shop.category('Child', top);
    const refused = await shop.send('DELETE', `/categories/${top}/`);
    expect(refused).toMatchObject({ status: 409, body: problem('category-in-use') });
  });

  test('a category with a product stays, also beside deleted ones', async () => {
    const id = await shop.category('Stocked');
    const [product, gone] = [await shop.product({ category: id }), await shop.product({ category: id })];
    await shop.send('DELETE', `/products/${gone.id}/`);
    const refused = await shop.send('DELETE', `/categories/${id}/`);
    expect(refused).toMatchObject({ status: 409, body: problem('category-in-use') });
    expect((await shop.send('GET', `/products/${product.id}/`)).body.category).toBe(id);
    const kept = await service.db.selectFrom('products').select('category_id').where('id', '=', gone.id).execute();
    expect(kept).toEqual([{ category_id: id }]);
  });

  test('a category whose products were all deleted goes away, and those above it after it', async () => {
    const top = await shop.category('Season');
    const [id, beside] = [await shop.category('Christmas', top), await shop.category('Easter', top)];
    for (const price of [10, 30]) {
      const { id: product } = await shop.product({ category: id, price, sku: `XMAS-${price}`, stock: 5 });
      await shop.send('DELETE', `/products/${product}/`);
    }
    const sold = await shop.product({ category: beside, price: 70 });
    expect((await shop.send('DELETE', `/categories/${id}/`)).status).toBe(204);
    const average = await shop.send('GET', `/products/average_price/?category_id=${top}`);
    expect(average.body.average_price).toBe(70);
    await shop.product({ category: beside, sku: 'XMAS-10' });
    await shop.send('DELETE', `/products/${sold.id}/`);
    expect((await shop.send('DELETE', `/categories/${top}/`)).status).toBe(409);
  });

  test('an order of a product that was deleted with its category is read as before', async () => {
    const category = await shop.category('Closing down');
    const product = await shop.product({ category, price: 40 });
    const token = await service.tokenFor('wanjiku');
    const body = { items: [{ product: product.id, quantity: 2 }], phone_number: '+254712345678' };
    const { body: order } = await service.request('POST', '/api/v1/orders/', { token, body });
    await shop.send('DELETE', `/products/${product.id}/`);
    expect((await shop.send('DELETE', `/categories/${category}/`)).status).toBe(204);
    const read = await service.request('GET', `/api/v1/orders/${order.id}/`, { token });
    expect([read.status, read.body]).toEqual([200, order]);
    const cancelled = await service.request('DELETE', `/api/v1/orders/${order.id}/`, { token });
    expect(cancelled.status).toBeLessThan(300);
  });
});

describe('conditional requests', () => {
  test('a reader who has the category gets 304, until it changes', async () => {
    const id = await shop.category('Tagged');
    const etag = (await shop.send('GET', `/categories/${id}/`)).headers.get('etag') ?? '';
    const again = await shop.send('GET', `/categories/${id}/`, undefined, { 'if-none-match': `"x", W/${etag}` });
    expect([again.status, again.body, again.headers.get('etag')]).toEqual([304, '', etag]);
    await shop.send('PATCH', `/categories/${id}/`, { title: 'Changed' });
    const changed = await shop.send('GET', `/categories/${id}/`, undefined, { 'if-none-match': etag });
    expect([changed.status, changed.body.title]).toEqual([200, 'Changed']);
  });

  test('lists have tags too', async () => {
    const list = await shop.send('GET', '/categories/?limit=3');
    const headers = { 'if-none-match': list.headers.get('etag') ?? '' };
    expect((await shop.send('GET', '/categories/?limit=3', undefined, headers)).status).toBe(304);
    await shop.category('One more');
    expect((await shop.send('GET', '/categories/?limit=3', undefined, headers)).status).toBe(200);
  });

  test('an edit and a delete of a stale version are refused', async () => {
    const id = await shop.category('Contested');
    const stale = { 'if-match': (await shop.send('GET', `/categories/${id}/`)).headers.get('etag') ?? '' };
    expect((await shop.send('PATCH', `/categories/${id}/`, { title: 'Mine' }, stale)).status).toBe(200);
    const refused = await shop.send('PUT', `/categories/${id}/`, { title: 'Yours' }, stale);
    expect(refused).toMatchObject({ status: 412, body: problem('stale') });
    expect((await shop.send('DELETE', `/categories/${id}/`, undefined, stale)).status).toBe(412);
    expect((await shop.send('GET', `/categories/${id}/`)).body.title).toBe('Mine');
  });
});

test('pages follow one another without gaps or repeats', async () => {
  const top = await shop.category('Paged');
  const children = [];
  for (let number = 0; number < 7; number += 1) children.unshift(await shop.category(`Page ${number}`, top));
  const seen: string[] = [];
  let next: string | undefined = `/api/v1/categories/?parent=${top}&limit=3`;
  while (next) {
    const page = await service.request('GET', next);
    seen.push(...page.body.map((each: { id: string }) => each.id));
    const link = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1];
    next = link?.slice(service.url.length);
  }
  expect(seen).toEqual(children);
});

const refusals: [string, string, unknown, string][] = [
  ['POST', '/categories/', {}, '/title'],
  ['POST', '/categories/', { title: '' }, '/title'],
  ['POST', '/categories/', { title: '   ' }, '/title'],
  ['POST', '/categories/', { title: 'x'.repeat(201) }, '/title'],
  ['POST', '/categories/', { title: 'a\0b' }, '/title'],
  ['POST', '/categories/', { title: 'a', parent: 'top' }, '/parent'],
  ['POST', '/categories/', { title: 'a', parent: `urn:uuid:${randomUUID()}` }, '/parent'],
  ['POST', '/categories/', { title: 'a', code: 'lower' }, '/code'],
  ['POST', '/categories/', { title: 'a', colour: 'red' }, '/colour'],
  ['GET', '/categories/?parent=top', undefined, '?parent'],
  ['GET', '/categories/?limit=0', undefined, '?limit'],
  ['GET', '/categories/?cursor=WzEsMl0', undefined, '?cursor'],
  [
    'GET',
    `/categories/?cursor=${Buffer.from(`[1e300,"${randomUUID()}"]`).toString('base64url')}`,
    undefined,
    '?cursor',
  ],
];

test.each(refusals.map((refusal) => [JSON.stringify(refusal).slice(0, 60), ...refusal] as const))(
  'refuses %s',
  async (_shown, method, path, body, pointer) => {
    const refused = await shop.send(method, path, body);
    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({ ...problem('invalid-request'), errors: [{ pointer }] });
  },
);

test('an id that is not a UUID is refused, and an unknown one is not found', async () => {
  for (const [method, body] of [['GET'], ['DELETE'], ['PATCH', { title: 'a' }], ['PUT', { title: 'a' }]] as const) {
    expect((await shop.send(method, '/categories/42/', body)).status).toBe(400);
    expect((await shop.send(method, `/categories/${randomUUID()}/`, body)).status).toBe(404);
  }
});
