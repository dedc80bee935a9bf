// Owns what every refusal must be: a problem document of its status, and a database as it was.

import { sql } from 'kysely';
import { expect } from 'vitest';
import type { Answer, Service } from './service.ts';

/** Sends something, and expects to be refused without any change. @param pointer of the bad field that must be named */
export type ExpectRefusal = (send: () => Promise<Answer>, status: number, pointer?: string) => Promise<void>;

export function refusalsOf(service: Service): ExpectRefusal {
  return async (send, status, pointer) => {
    const before = await world(service);
    const answer = await send();
    expect(answer.status, JSON.stringify(answer.body)).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({
      status,
      type: expect.stringMatching(/^https:/),
      title: expect.any(String),
      detail: expect.any(String),
    });
    if (pointer !== undefined) {
      expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
    }
    expect(await world(service)).toBe(before);
  };
}

/** Everything there is, as one text: bad input must leave it alone. */
async function world(service: Service): Promise<string> {
  const { rows } = await sql`
    select (select jsonb_agg(orders order by id) from orders) as orders, (select jsonb_agg(stock order by product_id) from stock) as stock,
      (select jsonb_agg(products order by id) from products) as products, (select jsonb_agg(categories order by id) from categories) as categories,
      (select jsonb_agg(customers order by id) from customers) as customers, (select count(*) from jobs) as jobs, (select count(*) from order_lines) as lines`.execute(
    service.db,
  );
  return JSON.stringify(rows);
}
