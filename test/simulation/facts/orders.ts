// Owns the fact that every acknowledged order is there once, as it was acknowledged, under a code of its own.

import type { Fact, Violation } from '../fact.ts';
import { bodyOf, callsOf, grouped, minor, type OrderBody, ordersShown, succeeded } from '../history.ts';

export const orders: Fact = {
  name: 'every acknowledged order is there once, as it was acknowledged',
  tables: ['orders', 'order_lines'],
  check({ calls, end }) {
    const placed = callsOf(calls, 'place').filter(succeeded);
    const stored = new Map(end.orders.map((order) => [order.id, order]));
    const told = new Set(placed.map(({ answer }) => bodyOf<OrderBody>({ answer }).id));
    const violations: Violation[] = [];
    const say = (what: string, ...about: string[]) => violations.push({ what, about });

    for (const call of placed) {
      const { id, total_amount: total, items, customer } = bodyOf<OrderBody>(call);
      const order = stored.get(id);
      if (!order) {
        say(`order ${id} was acknowledged and is not there`, id);
        continue;
      }
      const lines = order.lines.map((line) => `${line.quantity} of ${line.product} at ${line.priceMinor}`);
      const promised = items.map((item) => `${item.quantity} of ${item.product} at ${minor(item.price)}`);
      if (lines.join() !== promised.join())
        say(`order ${id} has ${lines.join()} and was promised ${promised.join()}`, id);
      if (order.totalMinor !== minor(total))
        say(`order ${id} comes to ${order.totalMinor} and was promised ${total}`, id);
      const asked = addUp(call.asked.items);
      const given = addUp(order.lines);
      if (asked !== given) say(`order ${id} was asked to hold ${asked} and holds ${given}`, id);
      if (order.phone !== call.asked.phone || order.user !== customer.user) say(`order ${id} is somebody else's`, id);
    }
    for (const { id } of end.orders) if (!told.has(id)) say(`order ${id} is there and nobody was told`, id);

    const byCode = grouped(ordersShown(calls), ({ order }) => order.code);
    const byId = grouped(ordersShown(calls), ({ order }) => order.id);
    for (const [code, shown] of byCode) {
      const ids = [...new Set(shown.map(({ order }) => order.id))];
      if (ids.length > 1) say(`${ids.length} orders have the code ${code}`, ...ids);
      if (!/^[0-9A-Z]{8}$/.test(code)) say(`${code} is no code`, ...ids);
    }
    for (const [id, shown] of byId) {
      const codes = new Set(shown.map(({ order }) => order.code));
      if (codes.size > 1) say(`order ${id} was shown with the codes ${[...codes].join(', ')}`, id);
    }
    return violations;
  },
};

function addUp(items: readonly { product: string; quantity: number }[]): string {
  const sums = new Map<string, number>();
  for (const { product, quantity } of items) sums.set(product, (sums.get(product) ?? 0) + quantity);
  return [...sums]
    .map(([product, quantity]) => `${quantity} of ${product}`)
    .toSorted()
    .join();
}
