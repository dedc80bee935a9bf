// Owns what files of orders, products and customers say, a record for each.

import type { ListedProduct } from '../catalog/product-list-store.ts';
import type { Customer } from '../customers/customer.ts';
import type { Cell } from '../files/write-csv.ts';
import { type Order, sumsOf } from '../orders/order.ts';
import { orderCode } from '../orders/order-code.ts';
import { toMajor } from '../platform/money.ts';

export interface Style {
  /** Of the currency. */
  decimals: number;
  time: (at: Date) => string;
}

const orderHead = ['code', 'placed_at', 'status', 'name', 'phone', 'email', 'address'];

export const orderColumns = [...orderHead, 'items', 'subtotal', 'discount', 'tax', 'total', 'currency', 'id'];

export const orderLineColumns = [
  ...orderHead,
  'line',
  'sku',
  'product',
  'quantity',
  'price',
  'discount',
  'tax',
  'total',
  'currency',
  'id',
];

const headOf = ({ number, createdAt, status, customer }: Order, { time }: Style): Cell[] => [
  orderCode(number),
  time(createdAt),
  status,
  customer.name,
  customer.phoneNumber,
  customer.email,
  customer.address,
];

export function orderRecord(order: Order, style: Style): Cell[] {
  const { subtotalMinor, discountMinor, taxMinor } = sumsOf(order.lines);
  const amounts = [subtotalMinor, discountMinor, taxMinor, order.totalMinor];
  return [
    ...headOf(order, style),
    order.lines.reduce((sum, line) => sum + line.quantity, 0),
    ...amounts.map((minor) => toMajor(minor, style.decimals)),
    order.currency,
    order.id,
  ];
}

/** A record for each line of an order. */
export const orderLineRecords = (order: Order, style: Style): Cell[][] =>
  order.lines.map((line, index) => [
    ...headOf(order, style),
    index + 1,
    line.sku,
    line.name,
    line.quantity,
    ...[line.priceMinor, line.discountMinor, line.taxMinor, line.totalMinor].map((minor) =>
      toMajor(minor, style.decimals),
    ),
    order.currency,
    order.id,
  ]);

/** As a file of products is brought in, so that what was changed in it can be brought in again. */
export const productColumns = ['sku', 'name', 'category', 'price', 'stock', 'stock_was', 'description'];

/** @param paths of categories, by id */
export const productRecord = (
  product: ListedProduct,
  paths: ReadonlyMap<string, string>,
  { decimals }: Style,
): Cell[] => [
  product.sku,
  product.name,
  paths.get(product.categoryId) ?? null,
  toMajor(product.priceMinor, decimals),
  product.stock,
  product.stock,
  product.description,
];

export const customerColumns = ['name', 'phone', 'email', 'address', 'language', 'since', 'id'];

export const customerRecord = (customer: Customer, { time }: Style): Cell[] => [
  customer.name,
  customer.phoneNumber,
  customer.email,
  customer.address,
  customer.language,
  time(customer.createdAt),
  customer.id,
];
