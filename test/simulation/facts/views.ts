// Owns the fact about views: a customer sees all of their own orders, and nothing of anybody else's.

import type { Fact, Violation } from '../fact.ts';
import { bodyOf, callsOf, type OrderBody, ordersShown, succeeded } from '../history.ts';
import { livesOf } from '../order-lives.ts';

/** How many orders a list is asked for. */
export const listLimit = 50;

export const views: Fact = {
  name: 'a customer sees all their own orders and nobody else’s',
  tables: ['orders', 'order_lines', 'customers'],
  check({ calls, end }) {
    const violations: Violation[] = [];
    const lives = livesOf(calls, end);
    const owners = new Map(lives.map(({ stored, call }) => [stored.id, call.client]));
    for (const { call, order } of ordersShown(calls)) {
      const owner = owners.get(order.id);
      if (owner === undefined || owner === call.client || call.client.startsWith('staff')) continue;
      violations.push({ what: `${call.client} was shown order ${order.id} of ${owner}`, about: [order.id] });
    }
    for (const call of callsOf(calls, 'list-orders').filter(succeeded)) {
      const listed = bodyOf<OrderBody[]>(call).map(({ id }) => id);
      const oldest = listed.length < listLimit ? '' : (listed.at(-1) ?? '');
      const shown = new Set(listed);
      const due = lives.filter((life) => life.call.client === call.client && life.placed.toMs < call.lastFromMs);
      for (const { stored } of due) {
        if (stored.id < oldest || shown.has(stored.id)) continue;
        violations.push({ what: `${call.client} was not shown their order ${stored.id}`, about: [stored.id] });
      }
    }
    return violations;
  },
};
