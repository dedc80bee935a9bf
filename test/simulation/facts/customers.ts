// Owns the fact about customers: one for each person, with the phones that they ordered with.

import type { Fact, Violation } from '../fact.ts';
import { bodyOf, callsOf, grouped, type OrderBody, succeeded } from '../history.ts';

export const customers: Fact = {
  name: 'each person is one customer, with their own phones',
  tables: ['customers', 'customer_phone_numbers'],
  check({ calls, end }) {
    const violations: Violation[] = [];
    const say = (what: string, ...about: string[]) => violations.push({ what, about });
    const placed = callsOf(calls, 'place').filter(succeeded);
    const byClient = grouped(placed, ({ client }) => client);
    const byUser = grouped(end.customers, ({ user }) => user);
    const owners = new Map<string, string>();
    for (const [client, orders] of byClient) {
      const users = new Set(orders.map(({ answer }) => bodyOf<OrderBody>({ answer }).customer.user));
      const ids = new Set(orders.map(({ answer }) => bodyOf<OrderBody>({ answer }).customer.id));
      if (users.size !== 1 || ids.size !== 1) say(`${client} is ${users.size} people and ${ids.size} customers`);
      for (const user of users) {
        const other = owners.get(user);
        if (other !== undefined) say(`${client} and ${other} are one person`);
        owners.set(user, client);
        const rows = byUser.get(user) ?? [];
        if (rows.length !== 1) say(`${client} is a customer ${rows.length} times`);
        const [used, known] = [new Set(orders.map(({ asked }) => asked.phone)), new Set(rows[0]?.phones)];
        if ([...used].some((phone) => !known.has(phone)) || [...known].some((phone) => !used.has(phone))) {
          say(`${client} ordered with ${[...used].join()} and is known with ${[...known].join()}`, ...used);
        }
      }
    }
    for (const { id, user } of end.customers) if (!owners.has(user)) say(`customer ${id} is nobody who ordered`);
    return violations;
  },
};
