// Owns the shapes of categories and products on the wire.

import { type Static, type TSchema, Type } from 'typebox';
import { time, uuid } from '../platform/shapes.ts';

const exampleCategory = {
  id: 'c909fadb-b6ec-47d3-a3b2-54fb58797942',
  code: 'KTCH41QX',
  title: 'Kitchen',
  parent: null,
};

const exampleProduct = {
  id: '11eb1775-893b-453d-a92a-529627c29b0a',
  name: 'Enamel mug, 8 cm',
  description: 'White with a blue rim.',
  price: 200,
  currency: 'KES',
  category: exampleCategory.id,
  sku: 'MUG-08',
  stock: 40,
  max_per_order: null,
  created_at: '2026-02-14T12:15:01.808Z',
  updated_at: '2026-02-14T12:15:01.808Z',
};

const orNull = <Schema extends TSchema & { type: string }>(schema: Schema, description: string) =>
  Type.Unsafe<Static<Schema> | null>({ ...schema, type: [schema.type, 'null'], description });

// At least one character that shows.
const visible = '\\S';

const title = Type.String({ maxLength: 200, pattern: visible });
const code = Type.String({ pattern: '^[A-Z0-9]{1,32}$', description: 'Unique; made up when not given.' });
const parent = orNull(Type.String({ format: 'uuid' }), 'The category it is in; null at the top.');

const categoryFields = {
  id: uuid('', exampleCategory.id),
  code: Type.String({ description: 'Unique.' }),
  title: Type.String(),
  parent,
};

export const categorySchema = Type.Object(categoryFields, { $id: 'Category', examples: [exampleCategory] });

export const categoryNodeSchema = Type.Object(
  {
    ...categoryFields,
    children: Type.Optional(
      Type.Array(Type.Unsafe<unknown>({ $ref: 'CategoryNode#' }), { description: 'With `tree=true`, to any depth.' }),
    ),
  },
  { $id: 'CategoryNode', examples: [exampleCategory] },
);

export const categoryBody = Type.Object(
  { title, parent: Type.Optional(parent), code: Type.Optional(code) },
  { additionalProperties: false, examples: [{ title: 'Kitchen' }] },
);

export const categoryPatchBody = Type.Object(
  { title: Type.Optional(title), parent: Type.Optional(parent), code: Type.Optional(code) },
  { additionalProperties: false, examples: [{ title: 'Kitchenware' }] },
);

export const productSchema = Type.Object(
  {
    id: uuid('', exampleProduct.id),
    name: Type.String(),
    description: Type.String(),
    price: Type.Number({ description: 'In major units.' }),
    currency: Type.String({ description: "The store's (ISO 4217)." }),
    category: uuid('', exampleProduct.category),
    sku: orNull(Type.String(), "The shop's own number for it."),
    stock: orNull(Type.Integer(), 'How many can be sold; null when they are not counted.'),
    max_per_order: orNull(Type.Integer(), 'How many one order may hold; null for as many as there are.'),
    created_at: time('When it was added.'),
    updated_at: time('When it was last edited. Sales change the stock alone.'),
  },
  { $id: 'Product', examples: [exampleProduct] },
);

const productInput = {
  name: Type.String({ maxLength: 200, pattern: visible }),
  description: Type.Optional(Type.String({ maxLength: 10_000 })),
  price: Type.Union([Type.Number(), Type.String({ maxLength: 20 })], {
    description: 'In major units, as a number or a decimal string, with at most the decimals of the currency.',
  }),
  category: Type.String({ format: 'uuid' }),
  sku: Type.Optional(
    orNull(Type.String({ maxLength: 64, pattern: visible }), 'Unique among products that are not deleted.'),
  ),
  stock: Type.Optional(
    orNull(
      Type.Integer({ minimum: 0, maximum: 1_000_000_000 }),
      'How many can be sold; null when they are not counted.',
    ),
  ),
  max_per_order: Type.Optional(
    orNull(Type.Integer({ minimum: 1, maximum: 1_000_000 }), 'How many one order may hold.'),
  ),
};

export const productBody = Type.Object(productInput, {
  additionalProperties: false,
  examples: [{ name: 'Enamel mug, 8 cm', price: 200, category: exampleCategory.id, sku: 'MUG-08', stock: 40 }],
});

export const productPatchBody = Type.Object(
  {
    ...productInput,
    name: Type.Optional(productInput.name),
    price: Type.Optional(productInput.price),
    category: Type.Optional(productInput.category),
  },
  { additionalProperties: false, examples: [{ price: '189.50' }] },
);

export const averagePriceSchema = Type.Object(
  {
    category_id: uuid('', exampleCategory.id),
    average_price: Type.Number({ description: 'In major units, rounded to the decimals of the currency.' }),
  },
  { examples: [{ category_id: exampleCategory.id, average_price: 412.5 }] },
);
