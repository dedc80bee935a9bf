// Owns the facts about customers: their own record, what staff see, and writing many of them at once.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { fillProfile, newCustomer } from '../../src/customers/customer.ts';
import { customersLockStatement, saveCustomers } from '../../src/customers/store.ts';
import { startIssuer, type TestIssuer, trusting } from '../support/issuer.ts';
import { type Answer, type Service, startService } from '../support/service.ts';

let issuer: TestIssuer;
let service: Service;

beforeAll(async () => {
  issuer = await startIssuer();
  service = await startService({ environment: trusting(issuer), worker: false });
});

afterAll(async () => {
  await service.stop();
  await issuer.stop();
});

let people = 0;
/** The token of a person nobody has seen before. */
function newPerson(claims: Record<string, unknown> = {}): Promise<string> {
  people += 1;
  return issuer.sign({ sub: `auth0|person-${people}`, ...claims });
}

interface CustomerJson {
  id: string;
  name: string;
  phonenumber: string;
  email: string;
  address: string;
  user: string;
}

const get = (token: string, path: string): Promise<Answer> =>
  service.request('GET', `/api/v1/customers${path}`, { token });
const search = async (path: string): Promise<CustomerJson[]> => (await get(await staff(), path)).body;
const me = async (token: string): Promise<CustomerJson> => (await get(token, '/me/')).body;
const edit = (token: string, body: object, headers: Record<string, string> = {}): Promise<Answer> =>
  service.request('PATCH', '/api/v1/customers/me/', { token, body, headers });
const staff = () => issuer.sign({ sub: 'auth0|staff', permissions: ['customers:read'] });

test('a person who has never ordered is known from their token', async () => {
  const token = await newPerson({ name: 'Ann Wambui', 'https://shop.test/email': 'ann@example.com' });
  const response = await get(token, '/me/');
  expect(response.status).toBe(200);
  expect(response.body).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
    name: 'Ann Wambui',
    phonenumber: '',
    email: 'ann@example.com',
    address: '',
    language: null,
    user: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5/),
  });
  expect(await me(token)).toEqual(response.body);
});

test('asking for the first time many times at once makes one customer', async () => {
  const token = await newPerson();
  const answers = await Promise.all(Array.from({ length: 30 }, () => me(token)));
  expect(new Set(answers.map((answer) => answer.id)).size).toBe(1);
});

test('without a name anywhere the name is the subject, and nothing is invented', async () => {
  const token = await issuer.sign({ sub: 'auth0|67af1e32c2e9611fd73e9f1a' });
  expect(await me(token)).toMatchObject({ name: 'auth0|67af1e32c2e9611fd73e9f1a', email: '', phonenumber: '' });
});

test('a name that only /userinfo knows is asked for once', async () => {
  issuer.userinfo = { status: 200, body: { sub: 'auth0|told', name: 'Told By Userinfo', email: 'told@example.com' } };
  const askedBefore = issuer.asked.get('/userinfo') ?? 0;
  const token = await issuer.sign({ sub: 'auth0|told' });
  expect(await me(token)).toMatchObject({ name: 'Told By Userinfo', email: 'told@example.com' });
  await me(token);
  expect(issuer.asked.get('/userinfo')).toBe(askedBefore + 1);
});

test('people edit their own record, before they have ordered too', async () => {
  const token = await newPerson({ name: 'Ann' });
  const edited = { name: ' Ann W. ', phonenumber: '0712 345 678', email: 'ann.w@example.com', address: 'Moi Avenue 1' };
  const response = await edit(token, edited);
  expect(response.status).toBe(200);
  const expected = { ...edited, name: 'Ann W.', phonenumber: '+254712345678' };
  expect(response.body).toMatchObject(expected);
  expect(await me(token)).toMatchObject(expected);
  expect((await edit(token, { phonenumber: '', email: '' })).body).toMatchObject({
    name: 'Ann W.',
    phonenumber: '',
    email: '',
  });
  expect((await edit(token, {})).status).toBe(200);
});

test('what people wrote about themselves survives a new token with other claims', async () => {
  const subject = 'auth0|renamed';
  await edit(await issuer.sign({ sub: subject, name: 'Old' }), { name: 'My Name' });
  expect(await me(await issuer.sign({ sub: subject, name: 'Token Name' }))).toMatchObject({ name: 'My Name' });
});

test('an edit of a stale record is refused', async () => {
  const token = await newPerson();
  const etag = String((await get(token, '/me/')).headers.get('etag'));
  expect((await edit(token, { address: 'one' }, { 'if-match': etag })).status).toBe(200);
  const refused = await edit(token, { address: 'two' }, { 'if-match': etag });
  expect(refused.status).toBe(412);
  expect((await me(token)).address).toBe('one');
  expect((await edit(token, { address: 'three' }, { 'if-match': '*' })).status).toBe(200);
});

test('edits of different fields at the same moment are both kept', async () => {
  const token = await newPerson();
  await me(token);
  await Promise.all([
    edit(token, { address: 'here' }),
    edit(token, { name: 'Both' }),
    edit(token, { email: 'b@example.com' }),
  ]);
  expect(await me(token)).toMatchObject({ address: 'here', name: 'Both', email: 'b@example.com' });
});

test.each([
  [{ phonenumber: 'hello' }, '/phonenumber'],
  [{ phonenumber: '+12' }, '/phonenumber'],
  [{ phonenumber: 712345678 }, '/phonenumber'],
  [{ phonenumber: '1'.repeat(41) }, '/phonenumber'],
  [{ email: 'nobody' }, '/email'],
  [{ email: `${'x'.repeat(320)}@example.com` }, '/email'],
  [{ name: '' }, '/name'],
  [{ name: '   ' }, '/name'],
  [{ name: null }, '/name'],
  [{ name: 'x'.repeat(10_000) }, '/name'],
  [{ name: 'a\u0000b' }, '/name'],
  [{ name: 'a\ud800' }, '/name'],
  [{ address: 'x'.repeat(501) }, '/address'],
  [{ id: 'x' }, '/id'],
  [{ user: 'x' }, '/user'],
])('refuses %j', async (body, pointer) => {
  const token = await newPerson();
  const before = await me(token);
  const response = await edit(token, body);
  expect(response.status).toBe(400);
  expect(response.body.errors[0].pointer).toBe(pointer);
  expect(await me(token)).toEqual(before);
});

test('staff look customers up by part of a name, phone and e-mail, in any case', async () => {
  const token = await newPerson({ name: 'Zuhura Otieno', email: 'Zuhura@Example.com' });
  await edit(token, { phonenumber: '0733 111 222' });
  const { id } = await me(token);
  for (const words of [
    'otien',
    'ZUHURA',
    'Zuhurra',
    'otieno zuhura',
    '0733 111',
    '+254733',
    '254733111222',
    'zuhura@ex',
  ]) {
    const found = await search(`/?search=${encodeURIComponent(words)}`);
    expect(
      found.map((each) => each.id),
      words,
    ).toEqual([id]);
  }
  for (const words of ['nobody at all', 'zuhura kamau', '0700 000', '%%', '__', 'zq\\', 'zu%ra']) {
    const found = await get(await staff(), `/?search=${encodeURIComponent(words)}`);
    expect(found.body, words).toEqual([]);
  }
});

test('staff walk all customers, newest first, each once', async () => {
  for (let index = 0; index < 7; index++) await me(await newPerson());
  const seen: CustomerJson[] = [];
  let url: string | undefined = '/?limit=3';
  while (url !== undefined) {
    const response = await get(await staff(), url);
    seen.push(...response.body);
    const link = String(response.headers.get('link'));
    expect(link).toContain('rel="first"');
    url = /customers(\/[^>]*)>; rel="next"/.exec(link)?.[1];
  }
  const ids = seen.map((each) => each.id);
  expect(ids.length).toBeGreaterThan(6);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id, index) => index === 0 || id < String(ids[index - 1]))).toBe(true);
});

test('staff read one customer, with times; an unknown one is 404', async () => {
  const { id } = await me(await newPerson());
  const found = await get(await staff(), `/${id}/`);
  expect(found.body).toMatchObject({ id, created_at: expect.stringMatching(/^\d{4}-.*Z$/) });
  expect((await get(await staff(), '/0198c3c5-7f20-7c13-8a44-5d0c1be9a7f2/')).status).toBe(404);
});

test.each([
  '/nonsense/',
  '/?cursor=x',
  '/?cursor=WyJ4Il0',
  '/?search=wanjiku&cursor=WyJhIiwibm8gaWQiLDBd',
  '/?limit=0',
  '/?limit=201',
  '/?search=a',
  '/?other=1',
  '/?search=%00%00',
])('refuses %s', async (url) => {
  expect((await get(await staff(), url)).status).toBe(400);
});

const someone = (userId: string) => {
  const now = new Date();
  return newCustomer({ userId, issuer: 'i', subject: userId }, { name: userId, email: '' }, service.newId(now), now);
};

test('a thousand customers are written and locked together', async () => {
  const customers = Array.from({ length: 1_024 }, () => someone(crypto.randomUUID()));
  const userIds = customers.map((customer) => customer.userId);
  await service.db.transaction().execute((trx) => saveCustomers(trx, customers));
  const locked = await service.db.transaction().execute(async (trx) => {
    const found = await customersLockStatement(trx, [...userIds, crypto.randomUUID()]).execute();
    await saveCustomers(
      trx,
      found.map((customer) => ({ ...customer, phoneNumber: '+254712345678' })),
    );
    return found;
  });
  expect(locked.map((customer) => customer.userId)).toEqual(userIds.toSorted());
  const again = await service.db.transaction().execute((trx) => customersLockStatement(trx, userIds).execute());
  expect(new Set(again.map((customer) => customer.phoneNumber))).toEqual(new Set(['+254712345678']));
});

test('a customer that somebody else has just created is not created twice', async () => {
  const userId = crypto.randomUUID();
  await service.db.transaction().execute((trx) => saveCustomers(trx, [someone(userId)]));
  const again = service.db.transaction().execute((trx) => saveCustomers(trx, [someone(userId)]));
  await expect(again).rejects.toMatchObject({ code: '23505', constraint: 'customers_user_id_key' });
});

test('a token fills only what is not known', () => {
  const now = new Date();
  const customer = someone('auth0|x');
  const profile = { name: 'Ann', email: 'ann@example.com' };
  const filled = fillProfile(customer, profile, now);
  expect(filled).toMatchObject(profile);
  expect(fillProfile(filled, { name: 'Other', email: 'other@example.com' }, now)).toBe(filled);
  expect(fillProfile(customer, { name: 'auth0|x', email: '' }, now)).toBe(customer);
});
