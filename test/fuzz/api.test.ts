// Owns the facts about requests that nobody has thought of: each operation of the OpenAPI document answers each with what it documents.

import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { openShop } from '../support/shop.ts';
import { type Document, type FuzzedRequest, listOperations, type Operation } from './operations.ts';

/** `npm run fuzz` sets both. */
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
const requests = Number(process.env['FUZZ_REQUESTS'] ?? 1_500);
const slowMs = 5_000;
const shown = 20;

let service: Service;
let operations: Operation[];
let tokens: (string | undefined)[];

beforeAll(async () => {
  service = await startService({ environment: { ORDERS_PER_CUSTOMER: 'off', NUMBERS_PER_CUSTOMER: 'off' } });
  const shop = await openShop(service);
  const customer = await service.tokenFor('wanjiku');
  const { id: product } = await shop.makeProduct({ name: 'Kettle', sku: 'KETTLE', stock: 1_000_000 });
  const { body: order } = await shop.place(customer, [[product, 1]]);
  const { body: me } = await service.request('GET', '/api/v1/customers/me/', { token: customer });
  const known = {
    uuids: [product, order.id, me.id, shop.category, order.items[0].id],
    words: [
      'kettle',
      'order-confirmed',
      'en',
      'sms',
      '+254712345678',
      order.code,
      service.config.sms.callbackToken,
      '1450',
    ],
  };
  operations = listOperations(service.app.swagger() as unknown as Document, known);
  tokens = [shop.staff, shop.staff, customer, undefined];
}, 120_000);
afterAll(() => service.stop());

async function send({ method, url, headers, payload }: FuzzedRequest, token: string | undefined) {
  const started = performance.now();
  const answer = await service.app.inject({
    method,
    url,
    headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    ...(payload !== undefined && { payload }),
  });
  return { answer, tookMs: performance.now() - started };
}

test('every operation answers with what it documents, whatever it is asked', { timeout: 3_600_000 }, async () => {
  const wrong: string[] = [];
  const each = Math.ceil(requests / operations.length);
  for (const { id, requests: asked, judge } of operations) {
    for (const [index, request] of fc.sample(asked, { numRuns: each, seed }).entries()) {
      const { answer, tookMs } = await send(request, tokens[index % tokens.length]);
      const type = answer.headers['content-type'] ?? '';
      const what = judge(answer.statusCode, type, answer.body) ?? (tookMs > slowMs ? 'it took too long' : undefined);
      if (what === undefined) continue;
      wrong.push(
        `${id}: ${answer.statusCode}, ${what}\n  ${JSON.stringify(request).slice(0, 600)}\n  ${answer.body.slice(0, 300)}`,
      );
    }
  }
  const distinct = [...new Map(wrong.map((text) => [text.split('\n')[0], text])).values()];
  expect(distinct.slice(0, shown).join('\n'), `seed ${seed}, ${wrong.length} of ${each * operations.length}`).toBe('');
});
