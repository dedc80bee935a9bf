// Owns the facts about the texts of SMS: what customers get in their language, and what staff can do to it.

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPhones } from '../support/phones.ts';
import { eventually, type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;
let product: string;
const nextPhone = createPhones();

beforeAll(async () => {
  service = await startService();
  shop = await openShop(service);
  product = (await shop.makeProduct({ price: 725 })).id;
});

afterAll(() => service.stop());

const path = '/api/v1/message-templates/';
const read = (which: string) => service.request('GET', `${path}${which}`, { token: shop.staff });
const write = (which: string, text: unknown, headers: Record<string, string> = {}) =>
  service.request('PUT', `${path}${which}`, { token: shop.staff, body: { text }, headers });
const reset = (which: string, headers: Record<string, string> = {}) =>
  service.request('DELETE', `${path}${which}`, { token: shop.staff, headers });

async function textFor(token: string): Promise<{ text: string; code: string }> {
  const phone = nextPhone();
  const order = await shop.place(token, [[product, 2]], { phone });
  expect(order.status).toBe(201);
  const text = await eventually('the SMS', async () => {
    const { body } = await service.request('GET', `/sandbox/messages?phone=${encodeURIComponent(phone)}`);
    return body[0]?.text as string | undefined;
  });
  return { text, code: order.body.code };
}

test('a customer reads the language they chose, and the shop’s own until then and after', async () => {
  const customer = await service.tokenFor('wanjiku');
  const choose = (language: unknown) =>
    service.request('PATCH', '/api/v1/customers/me/', { token: customer, body: { language } });
  expect((await textFor(customer)).text).toMatch(/^Dear Wanjiku, we have your order/);
  expect((await choose('sw')).body.language).toBe('sw');
  const { text, code } = await textFor(customer);
  expect(text).toBe(
    `Mpendwa Wanjiku, tumepokea agizo lako ${code}, jumla KES 1,450. Tutakujulisha litakapothibitishwa. Asante!`,
  );
  expect((await choose(null)).body.language).toBeNull();
  expect((await textFor(customer)).text).toMatch(/^Dear Wanjiku/);
  expect((await choose('fr')).status).toBe(400);
});

test('a shop that is Swahili by its settings writes Swahili to whoever has not chosen', async () => {
  const swahili = await startService({ environment: { DEFAULT_LANGUAGE: 'sw' } });
  const theirs = await openShop(swahili);
  const { id } = await theirs.makeProduct();
  const phone = '+254700210000';
  await theirs.place(await swahili.tokenFor('akinyi'), [[id, 1]], { phone });
  const text = await eventually('the SMS', async () => {
    const { body } = await swahili.request('GET', `/sandbox/messages?phone=${encodeURIComponent(phone)}`);
    return body[0]?.text as string | undefined;
  });
  await swahili.stop();
  expect(text).toMatch(/^Mpendwa Akinyi, /);
});

test('every kind is there in every language, built in until somebody writes it', async () => {
  const { status, body } = await read('');
  expect(status).toBe(200);
  expect(body).toHaveLength(10);
  expect(new Set(body.map((each: { kind: string; language: string }) => `${each.kind}/${each.language}`)).size).toBe(
    10,
  );
  for (const each of body) {
    expect(each).toMatchObject({ is_built_in: true, errors: [], updated_by: null, longest: { segments: 1 } });
  }
});

test('staff write a text, the next order has it, and the history says who', async () => {
  const which = 'order-pending/sw/';
  const before = await read(which);
  const text = 'Karibu {name}! {code} ya {date}: {total}';
  const etag = before.headers.get('etag') ?? '';
  const written = await write(which, text, { 'if-match': etag });
  expect(written.status).toBe(200);
  expect(written.body).toMatchObject({ text, is_built_in: false, built_in_text: before.body.text });
  expect(written.headers.get('etag')).not.toBe(etag);

  const customer = await service.tokenFor('achieng');
  await service.request('PATCH', '/api/v1/customers/me/', { token: customer, body: { language: 'sw' } });
  const sent = await textFor(customer);
  expect(sent.text).toMatch(new RegExp(`^Karibu Achieng! ${sent.code} ya \\d{1,2} [A-Z][a-z]{2} \\d{4}: KES 1,450$`));

  const back = await reset(which, { 'if-match': written.headers.get('etag') ?? '' });
  expect(back.body).toMatchObject({ text: before.body.text, is_built_in: true, updated_by: null });
  expect(back.headers.get('etag')).toBe(etag);
  const me = (await service.request('GET', '/api/v1/customers/me/', { token: shop.staff })).body.user;
  expect(back.body.history).toEqual([
    { action: 'template-reset', text: before.body.text, user: me, created_at: expect.any(String) },
    { action: 'template-edited', text, user: me, created_at: expect.any(String) },
  ]);
});

test('writing what is there already, or going back to what is built in already, is no change', async () => {
  const which = 'order-completed/en/';
  await write(which, 'Done: {code}');
  await write(which, 'Done: {code}');
  await reset(which);
  const { body } = await reset(which);
  expect(body.history.map((each: { action: string }) => each.action)).toEqual(['template-reset', 'template-edited']);
});

test('a change of what somebody else has changed meanwhile is refused', async () => {
  const which = 'order-cancelled/en/';
  const etag = (await read(which)).headers.get('etag') ?? '';
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) => write(which, `Order {code} is off (${index})`, { 'if-match': etag })),
  );
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
  expect(answers.filter((answer) => answer.status === 412)).toHaveLength(7);
  expect((await reset(which, { 'if-match': etag })).status).toBe(412);
  await reset(which);
});

test.each([
  ['Order {kode}', ['{kode} is not a placeholder; there are {code}, {total}, {name}, {date}', '{code} is missing']],
  ['{code} {', ['has a { or } that is not part of a placeholder']],
])('%j is refused by name, in saving as in the preview, and nothing changes', async (text, details) => {
  const which = 'order-confirmed/en/';
  const before = (await read(which)).body;
  for (const answer of [
    await write(which, text),
    await service.request('POST', `${path}${which}preview/`, { token: shop.staff, body: { text } }),
  ]) {
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual(details.map((detail) => ({ pointer: '/text', detail })));
  }
  expect((await read(which)).body).toEqual(before);
});

test.each<[what: string, body: unknown, pointer: string]>([
  ['no text', {}, '/text'],
  ['an empty text', { text: ' ' }, '/text'],
  ['a text of 641 characters', { text: `{code}${'a'.repeat(635)}` }, '/text'],
  ['a number', { text: 5 }, '/text'],
  ['an unknown field', { text: '{code}', langauge: 'sw' }, '/langauge'],
])('%s is refused', async (_what, body, pointer) => {
  const answer = await service.request('PUT', `${path}order-confirmed/en/`, { token: shop.staff, body });
  expect(answer.status).toBe(400);
  expect(answer.body.errors[0].pointer).toBe(pointer);
});

test('an unknown kind or language is refused', async () => {
  expect((await read('order-lost/en/')).status).toBe(400);
  expect((await read('order-pending/fr/')).status).toBe(400);
});

test('the preview shows what a text costs', async () => {
  const preview = async (text: string) =>
    (await service.request('POST', `${path}order-pending/en/preview/`, { token: shop.staff, body: { text } })).body;
  expect((await preview('Hi {name}, {code} from {date}: {total}')).sample).toEqual({
    text: 'Hi Wanjiku Kamau, YCM9SZW4 from 14 Feb 2026: KES 1,450',
    encoding: 'GSM-7',
    characters: 54,
    segments: 1,
    characters_left: 106,
    not_in_gsm: [],
  });
  const fancy = await preview(`“{code}” – ${'is here '.repeat(10)}`);
  expect(fancy.sample).toMatchObject({ encoding: 'UCS-2', segments: 2, not_in_gsm: ['“', '”', '–'] });
});

test('a text that has become unusable is shown as such, and orders go out with the built-in one', async () => {
  await sql`
    insert into message_templates (kind, language, text, updated_by, updated_at)
    values ('order-pending', 'en', 'Pay {till} for {code}', ${service.newId(new Date())}, now())`.execute(service.db);
  const { body } = await read('order-pending/en/');
  expect(body.errors).toEqual(['{till} is not a placeholder; there are {code}, {total}, {name}, {date}']);
  expect((await textFor(await service.tokenFor('njeri'))).text).toMatch(/^Dear Njeri, we have your order/);
  await reset('order-pending/en/');
});
