// Owns the mutations of the catalogue, files and money: what there is, what it costs, and who may change it.

import type { Mutation } from './mutation.ts';

const categories = 'test/api/catalog-categories.test.ts';
const products = 'test/api/catalog-products.test.ts';
const lists = 'test/api/catalog-lists.test.ts';

export const catalogMutations: readonly Mutation[] = [
  {
    bug: 'two moves at once make a cycle of the tree',
    file: 'src/catalog/edit-categories.ts',
    text: 'if (change.parentId !== undefined) await lockTree(trx);',
    replacement: '',
    test: 'test/races/catalog.test.ts',
    named: 'together a cycle',
  },
  {
    bug: 'a category goes under its own descendant',
    file: 'src/catalog/edit-categories.ts',
    text: 'if (await isWithin(trx, parentId, id)) {',
    replacement: 'if (parentId === id) {',
    test: categories,
    named: 'can go under neither',
  },
  {
    bug: 'If-Match is ignored where a category changes',
    file: 'src/catalog/edit-categories.ts',
    text: "if (!isExpected(categoryEtag(category))) throw new Problem(stale, 'The category has changed since you read it.');",
    replacement: 'isExpected(categoryEtag(category));',
    test: categories,
    named: 'stale version are refused',
  },
  {
    bug: 'If-Match is ignored where a product changes',
    file: 'src/catalog/edit-products.ts',
    text: "if (!isExpected(productEtag(product))) throw new Problem(stale, 'The product has changed since you read it.');",
    replacement: 'isExpected(productEtag(product));',
    test: products,
  },
  {
    bug: 'a replacement puts back what was sold since it was read',
    file: 'src/catalog/edit-products.ts',
    text: 'if (isOther && product.stock !== null && !isExpected) throw unseen(product.stock, stock);',
    replacement: '',
    test: products,
  },
  {
    bug: 'an edit of the stock does not wait for a sale',
    file: 'src/catalog/edit-products.ts',
    text: 'if (change.stock !== undefined) await lockStock(trx, id);',
    replacement: '',
    test: 'test/races/catalog.test.ts',
    named: 'sold from is not overwritten',
  },
  {
    bug: 'a deleted product can be read',
    file: 'src/catalog/product-store.ts',
    text: "    .where('products.deleted_at', 'is', null);",
    replacement: ';',
    test: products,
  },
  {
    bug: 'a category goes away from under its products',
    file: 'src/catalog/product-store.ts',
    text: "    .where('deleted_at', 'is not', null)\n",
    replacement: '',
    test: categories,
    named: 'a category with a product stays',
  },
  {
    bug: 'what is below a category that moves is left behind',
    file: 'src/catalog/category-store.ts',
    text: 'where above.descendant_id = ${parentId} and below.ancestor_id = ${id}`',
    replacement: 'where above.descendant_id = ${parentId} and below.ancestor_id = ${id} and below.depth = 0`',
    test: categories,
    named: 'moving a category takes',
  },
  {
    bug: 'categories are listed from the oldest on',
    file: 'src/catalog/category-store.ts',
    text: "return query.orderBy('created_at', 'desc').orderBy('id', 'desc')",
    replacement: "return query.orderBy('created_at').orderBy('id')",
    test: categories,
    named: 'pages follow one another',
  },
  {
    bug: 'a deleted product is sold',
    file: 'src/catalog/sale-store.ts',
    text: 'as asked where deleted_at is null)',
    replacement: 'as asked where true)',
    test: 'test/api/orders.test.ts',
  },
  {
    bug: 'a page has one row too many',
    file: 'src/platform/page.ts',
    text: 'found.slice(0, limit);',
    replacement: 'found.slice(0, limit + 1);',
    test: lists,
  },
  {
    bug: 'a page may be ten times as long',
    file: 'src/platform/page.ts',
    text: 'maximum: 200,',
    replacement: 'maximum: 2000,',
    test: lists,
  },
  {
    bug: 'a price with more decimals than the currency has is cut',
    file: 'src/platform/money.ts',
    text: 'if (fraction.length > decimals) return undefined;',
    replacement: '',
    test: products,
  },
  {
    bug: 'what was cancelled is revenue',
    file: 'src/orders/sales-store.ts',
    text: "coalesce(sum(total_minor) filter (where status <> 'cancelled'), 0)",
    replacement: 'coalesce(sum(total_minor), 0)',
    test: 'test/api/reports.test.ts',
  },
  {
    bug: 'an amount that can be two is taken for one',
    file: 'src/files/amount.ts',
    text: "if (second === undefined) return { kind: 'number', value: first };",
    replacement: "if (first !== second) return { kind: 'number', value: first };",
    test: 'test/rules/amount.test.ts',
  },
];
