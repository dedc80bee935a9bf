// Owns the shapes of orders on the wire, and how an order becomes JSON.

import { type Static, Type } from 'typebox';
import type { Identity } from '../identity/identity.ts';
import { toMajor } from '../platform/money.ts';
import { textOrNull, time, uuid } from '../platform/shapes.ts';
import { maxLines, maxQuantity, type Order, orderStatuses, sumsOf } from './order.ts';
import { movesOf } from './order-access.ts';
import { orderCode } from './order-code.ts';

const exampleOrder = {
  id: '0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b11',
  code: 'YCM9SZW4',
  customer: {
    id: '0198c3c5-7f20-7c13-8a44-5d0c1be9a7f2',
    name: 'auth0|67af1e32c2e9611fd73e9f1a',
    phonenumber: '+254712345678',
    email: '',
    address: '',
    user: 'ab22a598-0c26-528f-801b-857334163b48',
  },
  created_at: '2026-02-14T12:15:01.808Z',
  updated_at: '2026-02-14T12:15:01.808Z',
  subtotal: 1450,
  discount: 0,
  tax: 0,
  total_amount: 1450,
  currency: 'KES',
  status: 'pending',
  version: 1,
  allowed_moves: ['cancelled'],
  items: [
    {
      id: '0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b12',
      product: '11eb1775-893b-453d-a92a-529627c29b0a',
      quantity: 7,
      price: 200,
      variant: '11eb1775-893b-453d-a92a-529627c29b0a',
      name: 'Enamel mug, 8 cm',
      sku: 'MUG-08',
      discount: 0,
      tax: 0,
      total: 1400,
    },
    {
      id: '0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b13',
      product: 'acf4935a-b66f-47c6-a6ba-d840e62a6cfe',
      quantity: 5,
      price: 10,
      variant: 'acf4935a-b66f-47c6-a6ba-d840e62a6cfe',
      name: 'Airtime voucher, 10',
      sku: null,
      discount: 0,
      tax: 0,
      total: 50,
    },
  ],
};

export const placeOrderBody = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          product: uuid('The product to order.', '11eb1775-893b-453d-a92a-529627c29b0a'),
          quantity: Type.Integer({ minimum: 1, maximum: maxQuantity }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: maxLines, description: 'The same product twice is one line with the quantities added.' },
    ),
    phone_number: Type.String({
      minLength: 1,
      maxLength: 40,
      description: "Where SMS about the order go: E.164, or a local number of the store's region.",
      examples: ['+254712345678'],
    }),
  },
  {
    additionalProperties: false,
    examples: [
      {
        items: [
          { product: '11eb1775-893b-453d-a92a-529627c29b0a', quantity: 2 },
          { product: 'acf4935a-b66f-47c6-a6ba-d840e62a6cfe', quantity: 1 },
        ],
        phone_number: '+1234567890',
      },
    ],
  },
);

export type PlaceOrderBody = Static<typeof placeOrderBody>;

export const changeOrderBody = Type.Object(
  {
    status: Type.Enum([...orderStatuses], {
      description: 'pending → confirmed → dispatched → completed; cancelled from the first two.',
    }),
    note: Type.Optional(Type.String({ maxLength: 500, description: 'Why, for the timeline.' })),
  },
  { additionalProperties: false, examples: [{ status: 'confirmed', note: 'Paid by M-Pesa' }] },
);

export const orderSchema = Type.Object(
  {
    id: uuid('', exampleOrder.id),
    code: Type.String({
      description: 'What people say on the phone and type as a payment reference.',
      examples: ['YCM9SZW4'],
    }),
    customer: Type.Object(
      {
        id: uuid('', exampleOrder.customer.id),
        name: Type.String(),
        phonenumber: Type.String(),
        email: Type.String(),
        address: Type.String(),
        user: uuid('The identity behind the customer.', exampleOrder.customer.user),
      },
      { description: 'The customer as they were when they placed it.' },
    ),
    created_at: time('When it was placed.'),
    updated_at: time('When its status last changed.'),
    subtotal: Type.Number({ description: 'What the lines come to before anything is taken off.' }),
    discount: Type.Number({ description: 'What is taken off.' }),
    tax: Type.Number({ description: 'Within the total where prices include tax, else on top.' }),
    total_amount: Type.Number({ description: 'In major units of `currency`.' }),
    currency: Type.String(),
    status: Type.Enum([...orderStatuses]),
    version: Type.Integer({ description: 'Goes up with every change of status; also the ETag.' }),
    allowed_moves: Type.Array(Type.Enum([...orderStatuses]), {
      description:
        'What you may make of it as it is: `cancelled` by DELETE, the others by PATCH. Empty for whoever may only read it.',
    }),
    items: Type.Array(
      Type.Object({
        id: uuid('', '0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b12'),
        product: uuid('', '11eb1775-893b-453d-a92a-529627c29b0a'),
        quantity: Type.Integer(),
        price: Type.Number({ description: 'Of one, frozen when the order was placed.' }),
        variant: uuid('What was sold of the product; where it comes in one kind only, the product’s own id.'),
        name: Type.String({ description: 'The product’s name as it was sold.' }),
        sku: textOrNull('Its SKU then.'),
        discount: Type.Number({ description: 'Off the whole line.' }),
        tax: Type.Number({ description: 'Of the whole line: within its total where prices include tax, else on top.' }),
        total: Type.Number({ description: 'Of the line; the lines sum to `total_amount`.' }),
      }),
    ),
    events: Type.Optional(
      Type.Array(Type.Ref('OrderEvent'), { description: 'The timeline, oldest first, with `?expand=events`.' }),
    ),
  },
  { $id: 'Order', examples: [exampleOrder] },
);

export type OrderJson = Static<typeof orderSchema>;

/** The order as this caller sees it. @param decimals of the order's currency */
export function orderJson(order: Order, decimals: number, caller: Identity): OrderJson {
  const { customer, createdAt, updatedAt } = order;
  const placedAt = createdAt.toISOString();
  const sums = sumsOf(order.lines);
  return {
    id: order.id,
    code: orderCode(order.number),
    customer: {
      id: customer.id,
      name: customer.name,
      phonenumber: customer.phoneNumber,
      email: customer.email,
      address: customer.address,
      user: customer.userId,
    },
    created_at: placedAt,
    updated_at: updatedAt === createdAt ? placedAt : updatedAt.toISOString(),
    subtotal: toMajor(sums.subtotalMinor, decimals),
    discount: toMajor(sums.discountMinor, decimals),
    tax: toMajor(sums.taxMinor, decimals),
    total_amount: toMajor(order.totalMinor, decimals),
    currency: order.currency,
    status: order.status,
    version: order.version,
    allowed_moves: movesOf(order, caller),
    items: order.lines.map((line) => ({
      id: line.id,
      product: line.productId,
      quantity: line.quantity,
      price: toMajor(line.priceMinor, decimals),
      variant: line.variantId,
      name: line.name,
      sku: line.sku,
      discount: toMajor(line.discountMinor, decimals),
      tax: toMajor(line.taxMinor, decimals),
      total: toMajor(line.totalMinor, decimals),
    })),
  };
}
