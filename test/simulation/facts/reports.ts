// Owns the fact about reports: what was sold, as staff are told, is what the orders say.

import type { Fact } from '../fact.ts';
import { minor } from '../history.ts';

export const reports: Fact = {
  name: 'what staff are told was sold is what the orders say',
  tables: ['orders', 'order_lines', 'customers'],
  check({ end }) {
    const live = end.orders.filter(({ status }) => status !== 'cancelled');
    const sold = {
      orders: end.orders.length,
      cancelled: end.orders.length - live.length,
      revenueMinor: live.reduce((sum, { totalMinor }) => sum + totalMinor, 0),
      items: live.flatMap(({ lines }) => lines).reduce((sum, { quantity }) => sum + quantity, 0),
      newCustomers: end.customers.length,
    };
    const told = { orders: 0, cancelled: 0, revenueMinor: 0, items: 0, newCustomers: 0 };
    for (const { orders, cancelled, revenue, items, new_customers: newCustomers } of end.sales) {
      told.orders += orders;
      told.cancelled += cancelled;
      told.revenueMinor += minor(revenue);
      told.items += items;
      told.newCustomers += newCustomers;
    }
    const [is, says] = [JSON.stringify(sold), JSON.stringify(told)];
    return is === says ? [] : [{ what: `there was sold ${is}, and the report says ${says}`, about: [] }];
  },
};
