// Owns the facts about bodies in any form that clients send: none at all, under any spelling of their type, too deep, too many errors.

import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

let service: Service;
let shop: Shop;
let customer: string;

beforeAll(async () => {
  service = await startService({ worker: false });
  shop = await openShop(service);
  customer = await service.tokenFor('wanjiku');
});

afterAll(() => service.stop());

/** As clients other than fetch send it, which takes a type away that has no body. */
function send(method: string, path: string, headers: Record<string, string>, pieces: string[] = []): Promise<number> {
  return new Promise((resolve, reject) => {
    const authorization = `Bearer ${shop.staff}`;
    const request = httpRequest(service.url + path, { method, headers: { ...headers, authorization } }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    request.on('error', reject);
    for (const piece of pieces) request.write(piece);
    request.end();
  });
}

describe('no body', () => {
  const types = [
    'application/json',
    'Application/JSON; Charset=UTF-8',
    'application/x-www-form-urlencoded',
    'text/plain',
  ];
  const lengths: Record<string, string>[] = [{}, { 'content-length': '0' }];
  const forms = types.flatMap((type) => lengths.map((length) => ({ 'content-type': type, ...length })));

  interface Operation {
    requestBody?: unknown;
  }
  const bodiless = async (): Promise<[method: string, path: string][]> => {
    const { paths } = (await service.request('GET', '/openapi.json')).body as {
      paths: Record<string, Record<string, Operation>>;
    };
    return Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([method, { requestBody }]) => method !== 'get' && requestBody === undefined)
        .map(([method]): [string, string] => [method.toUpperCase(), path]),
    );
  };

  test('is what some operations take, whatever type it is said to be of', async () => {
    const operations = await bodiless();
    expect(operations.length).toBeGreaterThan(5);
    for (const [method, path] of operations) {
      const id = path.includes('{phone}') ? '+254700000001' : '0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b11';
      const address = path.replace('{channel}', 'sms').replace('{language}', 'en').replace('{kind}', 'order-pending');
      for (const headers of forms) {
        const status = await send(method, address.replace(/\{\w+\}/g, id), headers);
        expect([200, 204, 404], `${method} ${path} ${JSON.stringify(headers)} ${status}`).toContain(status);
      }
    }
  });

  test('in pieces is none too', async () => {
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    expect(await send('POST', '/api/v1/channels/sms/resume/', headers)).toBe(200);
  });

  test('is refused where one is needed', async () => {
    for (const headers of forms) expect(await send('POST', '/api/v1/categories/', headers)).toBe(400);
    expect(await send('POST', '/api/v1/categories/', {})).toBe(400);
  });
});

describe('a type of content', () => {
  test.each([
    'application/json',
    'Application/JSON',
    'APPLICATION/JSON',
    'application/json;charset=utf-8',
    'Application/JSON; Charset=UTF-8',
    'application/json ; charset="utf-8"',
    'application/Json; profile="https://shop.example/Cart"',
  ])('%s is JSON', async (type) => {
    const body = JSON.stringify({ title: type.replace(/[^a-z]/gi, ' ') });
    expect(await send('POST', '/api/v1/categories/', { 'content-type': type }, [body])).toBe(201);
  });

  test.each(['text/json', 'text/plain', 'application/xml', 'application/jsonp', 'application', 'json', ''])(
    '%s is not',
    async (type) => {
      expect(await send('POST', '/api/v1/categories/', { 'content-type': type }, ['{"title":"Tea"}'])).toBe(415);
    },
  );
});

describe('a body that would keep everybody waiting', () => {
  const place = (body: string) => service.request('POST', '/api/v1/orders/', { token: customer, body });

  test.each([
    ['empty lines', `{"phone_number":"0712345678","items":[${'{},'.repeat(85_000)}{}]}`],
    ['lines with unknown fields', `{"phone_number":"0712345678","items":[${'{"a":1},'.repeat(31_000)}{}]}`],
    ['unknown fields', `{${Array.from({ length: 20_000 }, (_, at) => `"a${at}":1`).join()}}`],
    ['numbers', `[${'1,'.repeat(120_000)}1]`],
  ])('of %s is refused for the first thing that is wrong', async (_what, body) => {
    const answer = await place(body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toHaveLength(1);
  });

  test('is not an order of the largest size, of which everything is said that is wrong', async () => {
    const items = Array.from({ length: 200 }, () => ({ product: 'mug', quantity: 0 }));
    const answer = await place(JSON.stringify({ items, phone_number: '+254712345678' }));
    expect(answer.body.errors).toHaveLength(20);
  });

  const depth = 50_000;
  test.each([
    ['lists', `${'['.repeat(depth)}"\\u0041"${']'.repeat(depth)}`],
    ['objects', `${'{"a":'.repeat(depth / 2)}"\\u0041"${'}'.repeat(depth / 2)}`],
    ['lists without an escape', `${'['.repeat(depth)}${']'.repeat(depth)}`],
    ['an order', `{"phone_number":"\\u0030712","items":${'['.repeat(depth)}${']'.repeat(depth)}}`],
    ['both', `${'[{"a":'.repeat(depth / 4)}"\\ud83d\\ude00"${'}]'.repeat(depth / 4)}`],
  ])('of %s within each other is refused', async (_what, body) => {
    expect((await place(body)).status).toBe(400);
  });
});
