// Owns the shapes of reports on the wire, and how they become JSON and CSV.

import { type Static, Type } from 'typebox';
import type { Cell } from '../files/write-csv.ts';
import { channels } from '../messages/message.ts';
import type { ProductSales } from '../orders/sales-store.ts';
import { toMajor } from '../platform/money.ts';
import { orNull, timeOrNull, uuid, uuidOrNull } from '../platform/shapes.ts';
import { averageOrderMinor, type PeriodSales } from './sales.ts';
import type { Sales } from './sales-day-store.ts';

const money = (description: string) => Type.Number({ description: `${description} In major units of \`CURRENCY\`.` });

const figures = {
  orders: Type.Integer({ description: 'All that were placed, those that were cancelled since among them.' }),
  cancelled: Type.Integer({ description: 'How many of them are cancelled.' }),
  revenue: money('Of those that are not.'),
  average_order: money('What one of those comes to.'),
  items: Type.Integer({ description: 'Pieces in those.' }),
  new_customers: Type.Integer({ description: 'Customers seen for the first time.' }),
};

const period = Type.String({
  description:
    'A day; the Monday of a week, or the first day of a month; or the time at which an hour begins. By the clocks of `TIME_ZONE`.',
});

export const salesSchema = Type.Object(
  {
    period,
    ...figures,
    previous: Type.Optional(
      orNull(
        Type.Object({ period, ...figures }),
        'With `?compare=previous`: the period at the same place of as many days before. Null where there is none.',
      ),
    ),
  },
  {
    $id: 'SalesOfPeriod',
    examples: [
      {
        period: '2026-11-26',
        orders: 84,
        cancelled: 3,
        revenue: 132450,
        average_order: 1635.19,
        items: 190,
        new_customers: 12,
      },
    ],
  },
);

const sold = {
  quantity: Type.Integer(),
  revenue: money('Of orders that are not cancelled.'),
  orders: Type.Integer({ description: 'In how many of them.' }),
};

export const productSalesSchema = Type.Object(
  { product: uuid(), name: Type.String({ description: 'As it was last sold.' }), ...sold },
  {
    $id: 'SalesOfProduct',
    examples: [
      {
        product: '11eb1775-893b-453d-a92a-529627c29b0a',
        name: 'Enamel mug',
        quantity: 190,
        revenue: 38000,
        orders: 84,
      },
    ],
  },
);

export const categorySalesSchema = Type.Object(
  {
    category: uuidOrNull('Null for products that are in none any more.'),
    name: Type.String({ description: 'Its title.' }),
    ...sold,
  },
  {
    $id: 'SalesOfCategory',
    examples: [
      {
        category: '0198c3c5-7f20-7c13-8a44-5d0c1be9a7f2',
        name: 'Household',
        quantity: 190,
        revenue: 38000,
        orders: 84,
      },
    ],
  },
);

const twoDays = {
  orders: Type.Integer(),
  revenue: money('Of orders that are not cancelled.'),
};

export const todaySchema = Type.Object(
  {
    day: Type.String({ format: 'date' }),
    ...twoDays,
    last_week: Type.Object(twoDays, { description: 'The same day a week ago, up to the same time.' }),
    hours: Type.Array(
      Type.Object({
        period: Type.String({ format: 'date-time', description: 'When the hour begins.' }),
        ...twoDays,
        last_week: Type.Object(twoDays, { description: 'The same hour a week ago, whole.' }),
      }),
    ),
    by_status: Type.Array(
      Type.Object({
        status: Type.String(),
        orders: Type.Integer({
          description:
            'Of statuses that are not final: all there are, counted up to 10,000. Of the others: of those placed today.',
        }),
      }),
    ),
    waiting: Type.Object(
      {
        orders: Type.Integer({ description: 'Counted up to 10,000.' }),
        minutes: Type.Integer({ description: '`WAITING_MINUTES`.' }),
        oldest_at: timeOrNull('When the one that waits longest was placed.'),
      },
      { description: 'Orders that nobody has confirmed for longer than the shop wants.' },
    ),
    failed_messages: Type.Integer({ description: 'That nobody has acknowledged yet. Counted up to 10,000.' }),
    low_stock: Type.Object(
      {
        at: Type.Integer({ description: '`LOW_STOCK`.' }),
        products: Type.Integer({ description: 'How many have as much or less. Counted up to 10,000.' }),
        first: Type.Array(
          Type.Object({ product: uuid(), name: Type.String(), sku: orNull(Type.String()), stock: Type.Integer() }),
          { description: 'The ten with least.' },
        ),
      },
      { description: 'Products whose stock is counted and runs out.' },
    ),
  },
  {
    $id: 'Today',
    examples: [
      {
        day: '2026-11-27',
        orders: 42,
        revenue: 66200,
        last_week: { orders: 38, revenue: 59100 },
        hours: [
          { period: '2026-11-27T06:00:00.000Z', orders: 9, revenue: 14100, last_week: { orders: 7, revenue: 9800 } },
        ],
        by_status: [{ status: 'pending', orders: 5 }],
        waiting: { orders: 2, minutes: 30, oldest_at: '2026-11-27T08:12:00.000Z' },
        failed_messages: 1,
        low_stock: {
          at: 5,
          products: 1,
          first: [{ product: '11eb1775-893b-453d-a92a-529627c29b0a', name: 'Enamel mug', sku: 'MUG-1', stock: 3 }],
        },
      },
    ],
  },
);

export type TodayJson = Static<typeof todaySchema>;

export const dailyMessagesSchema = Type.Object(
  {
    day: Type.String({ format: 'date' }),
    channel: Type.Enum([...channels]),
    sent: Type.Integer({ description: 'Handed over, of those made on this day; those that arrived among them.' }),
    delivered: Type.Integer({ description: 'Known to have arrived.' }),
    failed: Type.Integer({ description: 'Failed for good.' }),
    cost: Type.Number({ description: 'As the provider charged it on this day.' }),
    currency: orNull(Type.String(), 'The one of the provider; null where nothing was charged.'),
  },
  {
    $id: 'MessagesOfDay',
    examples: [
      { day: '2026-11-26', channel: 'sms', sent: 1476, delivered: 1460, failed: 3, cost: 1180.8, currency: 'KES' },
    ],
  },
);

const figuresJson = (sales: Sales, decimals: number) => ({
  orders: sales.orders,
  cancelled: sales.cancelled,
  revenue: toMajor(sales.revenueMinor, decimals),
  average_order: toMajor(averageOrderMinor(sales), decimals),
  items: sales.items,
  new_customers: sales.newCustomers,
});

export const salesJson = (
  sales: PeriodSales,
  decimals: number,
  previous?: PeriodSales | null,
): Static<typeof salesSchema> => ({
  period: sales.period,
  ...figuresJson(sales, decimals),
  ...(previous !== undefined && {
    previous: previous && { period: previous.period, ...figuresJson(previous, decimals) },
  }),
});

export const soldJson = (
  { quantity, revenueMinor, orders }: Omit<ProductSales, 'productId' | 'name'>,
  decimals: number,
) => ({
  quantity,
  revenue: toMajor(revenueMinor, decimals),
  orders,
});

/** A record for each row, behind a heading. @param columns names of fields; `previous.orders` is one within another */
export const csvOf = (rows: readonly object[], columns: readonly string[]): Cell[][] => [
  columns.map((column) => column.replace('.', '_')),
  ...rows.map((row) => columns.map((column) => valueAt(row, column.split('.')))),
];

function valueAt(row: object, path: string[]): Cell {
  let value: unknown = row;
  for (const name of path) value = (value as Record<string, unknown> | null | undefined)?.[name];
  return (value ?? null) as Cell;
}

const perPeriod = ['period', ...Object.keys(figures)];

export const csvColumns = {
  sales: perPeriod,
  compared: [...perPeriod, ...perPeriod.map((name) => `previous.${name}`)],
  products: ['product', 'name', ...Object.keys(sold)],
  categories: ['category', 'name', ...Object.keys(sold)],
  messages: ['day', 'channel', 'sent', 'delivered', 'failed', 'cost', 'currency'],
};
