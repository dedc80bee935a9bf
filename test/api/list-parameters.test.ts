// Owns the facts about what people put into the address of a list: any time, day, number or cursor is answered, never with a 500.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

interface Parameter {
  path: string;
  name: string;
  schema: { format?: string; type?: string };
}

let service: Service;
let shop: Shop;
let parameters: Parameter[];

beforeAll(async () => {
  service = await startService({ worker: false });
  shop = await openShop(service);
  await shop.place(await service.tokenFor('wanjiku'), [[(await shop.makeProduct()).id, 1]]);
  parameters = queryParameters((await service.request('GET', '/openapi.json')).body);
});

afterAll(() => service.stop());

interface Document {
  paths: Record<string, { get?: { parameters?: { in: string; name: string; schema: Parameter['schema'] }[] } }>;
}

const queryParameters = (document: Document): Parameter[] =>
  Object.entries(document.paths).flatMap(([path, { get }]) =>
    (get?.parameters ?? [])
      .filter((parameter) => parameter.in === 'query' && !path.includes('{'))
      .map(({ name, schema }) => ({ path, name, schema })),
  );

/** Sends each value to each parameter, and names what was answered where it is not one of `allowed`. */
async function others(of: Parameter[], values: string[], allowed: number[]): Promise<string[]> {
  const found: string[] = [];
  for (const { path, name } of of) {
    for (const value of values) {
      const url = `${path}?${name}=${value.includes('%') ? value : encodeURIComponent(value)}`;
      const { status } = await service.request('GET', url, { token: shop.staff });
      if (!allowed.includes(status)) found.push(`${url} ${status}`);
    }
  }
  return found;
}

const instants = [
  '1969-12-31T23:59:59Z',
  '1969-12-31T23:59:59.999Z',
  '0001-01-01T00:00:00Z',
  '0001-01-01T00:00:00+14:00',
  '0099-06-01T00:00:00Z',
  '1970-01-01T00:00:00+03:00',
  '1970-01-01T00:00:00%2B03:00',
  '1970-01-01T00:00:00.000Z',
  '2016-12-31T23:59:60Z',
  '2016-12-31T23:59:60.999Z',
  '2017-01-01T02:59:60+03:00',
  '2016-12-31t23:59:59z',
  '2016-12-31 23:59:59Z',
  '2026-02-14T12:15:01.123456789Z',
  '2026-02-14T12:15:01-12:00',
  '9999-12-31T23:59:59Z',
  '9999-12-31T23:59:59-14:00',
];

const noInstants = [
  '',
  '0000-01-01T00:00:00Z',
  '2026-02-30T00:00:00Z',
  '2026-02-14T25:00:00Z',
  '2026-02-14T24:00:00Z',
  '2026-02-14T12:15:60Z',
  '2026-02-14',
  '2026-02-14T12:15:01',
  '2026-02-14T12:15Z',
  '2026-02-14T12:15:01+24:00',
  '+012026-02-14T12:15:01Z',
  '-000001-01-01T00:00:00Z',
  '1771070000',
  'now',
  'Infinity',
  'NaN',
];

const days = [
  '1969-12-31',
  '1970-01-01',
  '0001-01-01',
  '0004-02-29',
  '0099-12-31',
  '2024-02-29',
  '9999-12-31',
  '9999-12-30',
];
const noDays = [
  '',
  '0000-01-01',
  '0000-12-31',
  '2026-02-30',
  '2026-13-01',
  '2026-2-1',
  '20260201',
  '+10000-01-01',
  'today',
];

describe('a time in the address of a list', () => {
  const times = () => parameters.filter(({ schema }) => schema.format === 'date-time');

  test('is looked for in the document, and found', () => {
    expect(times().map(({ name }) => name)).toEqual(
      expect.arrayContaining(['placed_after', 'placed_before', 'created_after', 'created_before']),
    );
  });

  test('may be any there ever was or will be, leap seconds among them', async () => {
    expect(await others(times(), instants, [200])).toEqual([]);
  });

  test('is refused when it is none', async () => {
    expect(await others(times(), noInstants, [400])).toEqual([]);
  });

  test('before the first order finds all, or none', async () => {
    const find = async (bound: string) =>
      (await service.request('GET', `/api/v1/orders/?${bound}`, { token: shop.staff })).body.length;
    expect(await find('placed_after=0001-01-01T00:00:00Z')).toBe(1);
    expect(await find('placed_before=1969-12-31T23:59:59Z')).toBe(0);
    expect(await find('placed_after=9999-12-31T23:59:59-14:00')).toBe(0);
    expect(await find('placed_before=9999-12-31T23:59:60Z')).toBe(1);
  });
});

describe('a day in the address of a list', () => {
  const dates = () => parameters.filter(({ schema }) => schema.format === 'date');

  test('is looked for in the document, and found', () => {
    expect(dates().map(({ name }) => name)).toEqual(expect.arrayContaining(['day', 'from', 'to']));
  });

  test('may be any there ever was or will be, or is outside of the range that can be asked for', async () => {
    const single = dates().filter(({ name }) => name !== 'from');
    expect(await others(single, days, [200])).toEqual([]);
    expect(await others(dates(), days, [200, 400])).toEqual([]);
  });

  test('is refused when there is no such day', async () => {
    expect(await others(dates(), noDays, [400])).toEqual([]);
  });

  test('at either end of time makes a range', async () => {
    for (const range of ['from=0001-01-01&to=0001-12-31', 'from=9999-01-01&to=9999-12-31']) {
      const answer = await service.request('GET', `/api/v1/message-costs/?${range}`, { token: shop.staff });
      expect(answer.status, range).toBe(200);
    }
    const tooLong = await service.request('GET', '/api/v1/message-costs/?from=9998-12-30&to=9999-12-31', {
      token: shop.staff,
    });
    expect(tooLong.status).toBe(400);
  });
});

test('a number in the address of a list is refused when it is none, or too large', async () => {
  const numbers = parameters.filter(({ schema }) => schema.type === 'integer' || schema.type === 'number');
  expect(new Set(numbers.map(({ path }) => path)).size).toBeGreaterThan(6);
  const wrong = ['1e309', '-1e309', 'Infinity', '-Infinity', 'NaN', '0x', '-1', '0.5.1', '', 'ten', '1e99'];
  expect(await others(numbers, wrong, [400])).toEqual([]);
});

test('a cursor that no list gave out is refused', async () => {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const id = '0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b11';
  const strange = ['\0', 'a\0b', '\ud800', '', 'x'.repeat(900), id, `${id}\0`, '+254712345678\0', null, true, {}, []];
  const numbers = [-1, 0, 0.5, 1e308, -1e308, Number.MAX_SAFE_INTEGER + 1, 253402300800001];
  const values = [...strange, ...numbers];
  const cursors = [
    'WyJcdTAwMDAiXQ',
    '%00',
    'not-base64-of-json',
    encode(null),
    encode('text'),
    encode([]),
    Buffer.from('[1e999]').toString('base64url'),
    Buffer.from(`[1e999,"${id}"]`).toString('base64url'),
    Buffer.from(`["\\ud800","${id}"]`).toString('base64url'),
    Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]).toString('base64url'),
    ...values.map((value) => encode([value])),
    ...values.flatMap((value) => [encode([value, id]), encode([id, value]), encode([value, value])]),
  ];
  const lists = parameters.filter(({ name }) => name === 'cursor');
  expect(lists.length).toBeGreaterThan(6);
  // A value that the list might have given out begins a page.
  expect(await others(lists, cursors, [200, 400])).toEqual([]);
  expect(await others(lists, cursors.slice(0, 9), [400])).toEqual([]);
});
