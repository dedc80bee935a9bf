// Owns the fact that money adds up: lines to orders, as stored and as shown, and products to their categories.

import type { Fact, Violation } from '../fact.ts';
import { grouped, minor, type OrderBody, ordersShown } from '../history.ts';

const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);

export const money: Fact = {
  name: 'money adds up',
  tables: ['orders', 'order_lines', 'category_totals', 'categories'],
  check({ calls, end }) {
    const violations: Violation[] = [];
    const say = (what: string, ...about: string[]) => violations.push({ what, about });
    for (const { id, totalMinor, lines } of end.orders) {
      for (const line of lines) {
        const due = line.quantity * line.priceMinor - line.discountMinor;
        // Where a price includes its tax, the tax is part of it.
        if (line.totalMinor !== due && line.totalMinor !== due + line.taxMinor) {
          say(`a line of order ${id} comes to ${line.totalMinor}`, id);
        }
      }
      const whole = sum(lines.map((line) => line.totalMinor));
      if (whole !== totalMinor) say(`the lines of order ${id} come to ${whole}, and it to ${totalMinor}`, id);
    }
    for (const order of [...ordersShown(calls).map(({ order: shown }) => shown), ...end.shown]) {
      const wrong = wrongIn(order);
      if (wrong) say(`order ${order.id} was shown with ${wrong}`, order.id);
    }
    const live = grouped(
      end.products.filter(({ isDeleted }) => !isDeleted),
      ({ category }) => category,
    );
    for (const { id, count, sumMinor, averagePrice } of end.categories) {
      const prices = (live.get(id) ?? []).map(({ priceMinor }) => priceMinor);
      if (count !== prices.length || sumMinor !== sum(prices)) {
        say(
          `category ${id} counts ${count} products for ${sumMinor}: there are ${prices.length} for ${sum(prices)}`,
          id,
        );
      }
      const average = prices.length === 0 ? 0 : Math.round(sum(prices) / prices.length);
      if (minor(averagePrice) !== average) say(`the average of category ${id} is ${averagePrice}`, id);
    }
    return violations;
  },
};

function wrongIn({ items, subtotal, discount, tax, total_amount: total }: OrderBody): string | undefined {
  const whole = sum(items.map((item) => minor(item.total)));
  if (whole !== minor(total)) return `lines of ${whole} and a total of ${minor(total)}`;
  const before = sum(items.map((item) => minor(item.price) * item.quantity));
  if (before !== minor(subtotal)) return `lines of ${before} and a subtotal of ${minor(subtotal)}`;
  const net = minor(subtotal) - minor(discount);
  return minor(total) === net || minor(total) === net + minor(tax)
    ? undefined
    : `${net} to pay and a total of ${minor(total)}`;
}
