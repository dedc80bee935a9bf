// Owns what a sales report says: every period, also the empty ones, beside the period before.

import { type DayRange, daysOf, hoursOf, periodOfDay, type Step } from './period.ts';
import type { DatedSales, Sales } from './sales-day-store.ts';

export interface PeriodSales extends Sales {
  /** A day as 2026-11-26, the first of a week or month, or the time at which an hour begins. */
  period: string;
}

const nothing: Sales = { orders: 0, cancelled: 0, revenueMinor: 0, items: 0, newCustomers: 0 };

export const addSales = (one: Sales, other: Sales): Sales => ({
  orders: one.orders + other.orders,
  cancelled: one.cancelled + other.cancelled,
  revenueMinor: one.revenueMinor + other.revenueMinor,
  items: one.items + other.items,
  newCustomers: one.newCustomers + other.newCustomers,
});

/** @param dated by hour for a report by hour, else by day or by hour */
export function salesByPeriod(
  dated: readonly DatedSales[],
  range: DayRange,
  step: Step,
  timeZone: string,
): PeriodSales[] {
  const sums = new Map<string, Sales>();
  for (const day of daysOf(range)) {
    const periods = step === 'hour' ? hoursOf(day, timeZone).map(hourName) : [periodOfDay(day, step)];
    for (const period of periods) sums.set(period, nothing);
  }
  for (const each of dated) {
    const period = step === 'hour' ? hourName(each.startsAt as Date) : periodOfDay(each.day, step);
    sums.set(period, addSales(sums.get(period) ?? nothing, each));
  }
  return [...sums].map(([period, sales]) => ({ period, ...sales }));
}

const hourName = (startsAt: Date): string => startsAt.toISOString();

/** Of an order that was not cancelled; 0 where there is none. */
export const averageOrderMinor = ({ revenueMinor, orders, cancelled }: Sales): number =>
  orders > cancelled ? Math.round(revenueMinor / (orders - cancelled)) : 0;
