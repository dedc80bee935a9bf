// Owns the facts about finding customers and their orders by name: every form, the best first, and nothing out of reach.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newCustomer } from '../../src/customers/customer.ts';
import { customerPage, customerWords } from '../../src/customers/customer-list-store.ts';
import { saveCustomers } from '../../src/customers/store.ts';
import { readSearch, type Search, walkTiers } from '../../src/search/word-index.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let staff: string;

beforeAll(async () => {
  service = await startService({ worker: false });
  staff = await service.tokenFor('staff');
  await addPeople([
    'Nyokabi wa Mũthĩga',
    "Thiong'o Ngugi",
    'Thĩong’o Kamau',
    'Ṣọlá Adé',
    'Ɗan Ƙasa',
    'Jean_Baptiste',
    'J.K.Rowling-Otieno',
    'Ｚｕｈｕｒａ',
  ]);
  // One after the other is newer: the only Wanjiru is older than all who are like her.
  await addPeople(['Wanjiru', 'Njeri Wanjiru Mwangi', ...Array.from({ length: 210 }, () => 'Wanjiku')]);
  await addPeople([...Array.from({ length: 7 }, (_, place) => `Wanjirua ${place}`), 'Mwangi Njeri Wanjiru']);
  // Many who are called the same, and of whom few have ordered lately.
  await addPeople(Array.from({ length: 260 }, (_, place) => `Atieno Number${place}`));
});

afterAll(() => service.stop());

let people = 0;

/** Customers of these names, the first the oldest, each with an order that is as old. */
async function addPeople(names: string[]): Promise<void> {
  const customers = names.map((name) => {
    const at = new Date(Date.UTC(2026, 0, 1) + (people += 1) * 60_000);
    const user = { userId: crypto.randomUUID(), issuer: 'i', subject: `person ${people}` };
    const phoneNumber = `+2547${String(people).padStart(8, '0')}`;
    return { ...newCustomer(user, { name, email: `${people}@example.com` }, service.newId(at), at), phoneNumber };
  });
  await service.db.transaction().execute((trx) => saveCustomers(trx, customers));
  for (const { id, userId, name, phoneNumber, createdAt } of customers)
    await addOrder(id, userId, name, phoneNumber, createdAt);
}

async function addOrder(customerId: string, userId: string, name: string, phone: string, at: Date): Promise<void> {
  await sql`
    insert into orders (id, customer_id, user_id, status, currency, total_minor, name, email, phone_number, address,
      created_at, updated_at)
    values (${service.newId(at)}, ${customerId}, ${userId}, ${people % 2 === 0 ? 'pending' : 'completed'}, 'KES', 100, ${name},
      '', ${phone}, '', ${at}, ${at})`.execute(service.db);
}

async function all(path: string): Promise<{ id: string; name: string }[]> {
  const seen: { id: string; name: string }[] = [];
  let next: string | undefined = `/api/v1${path}`;
  while (next) {
    const page = await service.request('GET', next, { token: staff });
    expect(page.status, JSON.stringify(page.body)).toBe(200);
    for (const each of page.body) seen.push({ id: each.id, name: each.customer?.name ?? each.name });
    next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1]?.slice(service.url.length);
  }
  return seen;
}

const namesOf = async (list: string, text: string, more = '') =>
  (await all(`/${list}/?search=${encodeURIComponent(text)}${more}`)).map(({ name }) => name);

describe.each(['customers', 'orders'])('%s', (list) => {
  test.each([
    ['muthiga', ['Nyokabi wa Mũthĩga']],
    ['MŨTHĨGA nyokabi', ['Nyokabi wa Mũthĩga']],
    ['Mu\u0303thi\u0303ga', ['Nyokabi wa Mũthĩga']],
    ['nyok muth', ['Nyokabi wa Mũthĩga']],
    ["thiong'o", ['Thĩong’o Kamau', "Thiong'o Ngugi"]],
    ['Thĩong’o', ['Thĩong’o Kamau', "Thiong'o Ngugi"]],
    ['thiongo', ['Thĩong’o Kamau', "Thiong'o Ngugi"]],
    ['thiong`o', ['Thĩong’o Kamau', "Thiong'o Ngugi"]],
    ['thiongʼo ngugi', ["Thiong'o Ngugi"]],
    ['sola', ['Ṣọlá Adé']],
    ['ṢỌLÁ', ['Ṣọlá Adé']],
    ['dan kasa', ['Ɗan Ƙasa']],
    ['baptiste', ['Jean_Baptiste']],
    ['rowling', ['J.K.Rowling-Otieno']],
    ['otieno', ['J.K.Rowling-Otieno']],
    ['zuhura', ['Ｚｕｈｕｒａ']],
    ['zuhurra', ['Ｚｕｈｕｒａ']],
    ['aptist', ['Jean_Baptiste']],
    ['muthiga kamau', []],
    ['%%', []],
    ['’’', []],
  ])('%s finds %j', async (text, names) => {
    expect(await namesOf(list, text)).toEqual(names);
  });

  test('whose name it is comes first, then who has the words, then who has words that begin so', async () => {
    const found = await namesOf(list, 'Wanjiru');
    expect(found.slice(0, 3)).toEqual(['Wanjiru', 'Mwangi Njeri Wanjiru', 'Njeri Wanjiru Mwangi']);
    expect(found.slice(3).toSorted()).toEqual(Array.from({ length: 7 }, (_, place) => `Wanjirua ${place}`));
    expect(await namesOf(list, 'njeri wanjiru mwangi')).toEqual(['Mwangi Njeri Wanjiru', 'Njeri Wanjiru Mwangi']);
    expect(await namesOf(list, 'mwangi wanjiru')).toEqual(['Mwangi Njeri Wanjiru', 'Njeri Wanjiru Mwangi']);
  });

  test.each([
    ['Wanjiru', 10],
    ['Wanji', 220],
    ['Wanjiku', 210],
    // Misspelt: all of the nearest, then all of the next.
    ['Wanjikuu', 220],
    ['Atieno', 260],
    ['at n', 260],
  ])('every page of %s together holds each once, in the order of the whole', async (text, count) => {
    const whole = await all(`/${list}/?limit=200&search=${text}`);
    expect(whole).toHaveLength(count);
    expect(new Set(whole.map(({ id }) => id)).size).toBe(count);
    expect(await all(`/${list}/?limit=7&search=${text}`)).toEqual(whole);
  });

  test.each([
    ['not an id', 0],
    ['01a1edfd-d136-779a-bdc3-1fc466c80323', -1],
    ['01a1edfd-d136-779a-bdc3-1fc466c80323', 'x'],
    ['01a1edfd-d136-779a-bdc3-1fc466c80323', 99],
  ])('refuses a cursor of %j and %j', async (id, tier) => {
    const values = list === 'orders' ? [id, tier] : ['', id, tier];
    const cursor = Buffer.from(JSON.stringify(values)).toString('base64url');
    const refused = await service.request('GET', `/api/v1/${list}/?search=wanjiru&cursor=${cursor}`, { token: staff });
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer: '?cursor' }] } });
  });
});

test('orders by name go with status, times and customer, and nothing similar is offered where these leave none', async () => {
  const [wanjiru] = await all('/customers/?search=wanjiru');
  expect(await namesOf('orders', 'wanji', `&customer=${wanjiru?.id}`)).toEqual(['Wanjiru']);
  expect(await namesOf('orders', 'atieno', `&customer=${wanjiru?.id}`)).toEqual([]);
  for (const text of ['wanjiru', 'wanjiku', 'atieno']) {
    const whole = await namesOf('orders', text);
    const parts = [
      await namesOf('orders', text, '&status=pending&limit=9'),
      await namesOf('orders', text, '&status=completed&limit=200'),
    ];
    expect(parts.flat().toSorted()).toEqual(whole.toSorted());
    expect(await namesOf('orders', text, '&status=dispatched')).toEqual([]);
    const before = await namesOf('orders', text, '&placed_before=2026-01-01T02:00:00Z');
    const after = await namesOf('orders', text, '&placed_after=2026-01-01T02:00:00Z');
    expect([...before, ...after].toSorted()).toEqual(whole.toSorted());
  }
});

test('many who have not ordered for long are found behind the newest orders of others', async () => {
  await sql`
    insert into orders (id, customer_id, user_id, status, currency, total_minor, name, email, phone_number, address,
      created_at, updated_at)
    select (lpad(to_hex((extract(epoch from timestamptz '2026-06-01') * 1000 + n)::bigint), 12, '0') || '7' || lpad(n::text, 3, '0')
        || '8' || substr(md5(n::text), 1, 15))::uuid, customers.id, customers.user_id, 'completed', 'KES', 1, name, '',
      customers.phone_number, '', now(), now()
    from customers, generate_series(1, 20100) as n where name = 'Ṣọlá Adé'`.execute(service.db);
  expect(await namesOf('orders', 'atieno')).toHaveLength(260);
  expect((await namesOf('orders', 'atieno'))[0]).toBe('Atieno Number259');
  expect(await namesOf('orders', 'atieno', '&placed_before=2026-02-01T00:00:00Z&limit=33')).toHaveLength(260);
  const byPhone = await all('/orders/?search=07000&placed_before=2026-02-01T00:00:00Z&limit=50');
  expect(byPhone).toHaveLength(people);
  expect(new Set(byPhone.map(({ id }) => id)).size).toBe(people);
});

test('people search their own orders by their own name', async () => {
  const { rows } = await sql<{ user_id: string }>`select user_id from customers where name = 'Wanjiru'`.execute(
    service.db,
  );
  const token = await service.tokenFor('somebody');
  await service.request('GET', '/api/v1/customers/me/', { token });
  await sql`update orders set user_id = (select user_id from customers where email = 'somebody@agizo.test')
    where user_id = ${rows[0]?.user_id}`.execute(service.db);
  const found = async (text: string) =>
    (await service.request('GET', `/api/v1/orders/?search=${text}`, { token })).body.length;
  expect([await found('somebody'), await found('somebdy'), await found('wanjiku')]).toEqual([1, 1, 0]);
});

test('a customer who takes another name is found by that alone', async () => {
  const token = await service.tokenFor('renamed');
  await service.request('PATCH', '/api/v1/customers/me/', { token, body: { name: 'Kĩmani wa Ngũgĩ' } });
  expect(await namesOf('customers', 'kimani')).toEqual(['Kĩmani wa Ngũgĩ']);
  await service.request('PATCH', '/api/v1/customers/me/', {
    token,
    body: { name: 'Chege', phonenumber: '0733111222' },
  });
  expect([await namesOf('customers', 'kimani'), await namesOf('customers', 'chege')]).toEqual([[], ['Chege']]);
});

test.each(['wanjiku', 'wanji', 'wa mu', 'number2 atieno', 'wanjikuu'])(
  'a search for %s is planned without reading a table from end to end',
  async (text) => {
    const search = await readSearch(service.db, customerWords, text);
    const plans: string[] = [];
    // So few people would be read faster whole; whether there is another way is what matters.
    await service.db.transaction().execute(async (trx) => {
      await sql`set local enable_seqscan = off`.execute(trx);
      await walkTiers(trx, customerWords, search as Search, undefined, async (asked, tier) => {
        const page = customerPage(trx, { search: asked, tier }, undefined, 51);
        const plan = await page.explain<{ 'QUERY PLAN': string }>();
        plans.push(plan.map((line) => line['QUERY PLAN']).join('\n'));
        return 'none';
      });
    });
    expect(plans.length).toBeGreaterThan(0);
    for (const plan of plans) expect(plan).not.toMatch(/Seq Scan/);
  },
);
