// Owns the facts about how the catalogue's reads are planned on 30,000 products: on indexes, whatever is asked for.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { productOrderings } from '../../src/catalog/product.ts';
import { bestPage, type ProductFilter, productPage, productWords } from '../../src/catalog/product-list-store.ts';
import { readSearch, type Search, walkTiers } from '../../src/search/word-index.ts';
import { fillCatalog, filledCategory } from '../support/catalog.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;

beforeAll(async () => {
  service = await startService({ worker: false });
  await fillCatalog(service, 30_000);
}, 60_000);

afterAll(() => service.stop());

interface PlanNode {
  'Node Type': string;
  'Index Name'?: string;
  Plans?: PlanNode[];
}

async function planOf(filter: Partial<ProductFilter>, asked?: { search: Search; tier: number }): Promise<PlanNode[]> {
  const whole: ProductFilter = { order: '-created_at', ...filter };
  const page =
    asked && whole.order === '-relevance'
      ? bestPage(service.db, whole, asked, placeOf(whole, asked.tier), 51)
      : productPage(service.db, whole, 51, asked?.search);
  const [row] = await page.explain<{ 'QUERY PLAN': { Plan: PlanNode }[] }>('json');
  const flatten = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flatten)];
  return row?.['QUERY PLAN'].flatMap(({ Plan }) => flatten(Plan)) ?? [];
}

const placeOf = ({ after }: ProductFilter, tier: number) => after && { key: String(after.key), id: after.id, tier };

const indexesOf = (plan: PlanNode[]) => plan.flatMap((node) => node['Index Name'] ?? []);

const last = { key: 500_000, id: filledCategory(1) };
const filters: [string, Partial<ProductFilter>][] = [
  ...productOrderings.map((order): [string, Partial<ProductFilter>] => [`by ${order}`, { order }]),
  ['the next page by price', { order: 'price', after: last }],
  ['the next page of the newest', { after: { ...last, key: new Date() } }],
  ['the next page by name', { order: 'name', after: { ...last, key: 'Product 5' } }],
  ['between two prices', { minPriceMinor: 1_000, maxPriceMinor: 2_000 }],
  ['in stock', { inStock: true }],
  ['out of stock', { inStock: false }],
  ['everything below the root', { categoryId: filledCategory(0) }],
  ['everything below the root, by price', { categoryId: filledCategory(0), order: 'price' }],
  ['a tenth of the tree', { categoryId: filledCategory(3) }],
  ['a leaf', { categoryId: filledCategory(1_000) }],
  ['a leaf, by price', { categoryId: filledCategory(1_000), order: '-price' }],
];

test.each(filters)('%s: reads no table from end to end', async (_name, filter) => {
  const plan = await planOf(filter);
  expect(plan.length).toBeGreaterThan(1);
  expect(plan.map((node) => node['Node Type'])).not.toContain('Seq Scan');
  expect(indexesOf(plan)).not.toEqual([]);
});

test.each([
  [{}, 'products_newest'],
  [{ order: 'price' }, 'products_price'],
  [{ order: '-name' }, 'products_name'],
  [{ categoryId: filledCategory(1_000) }, 'products_category'],
] as [Partial<ProductFilter>, string][])('%j walks %s', async (filter, index) => {
  const plan = await planOf(filter);
  expect(indexesOf(plan)).toContain(index);
  // What an index gives in order needs no sorting.
  if (filter.categoryId === undefined) {
    expect(plan.map((node) => node['Node Type'])).not.toContain('Sort');
  }
});

/** A search in each of its tiers; nothing is ever enough. */
async function tiersOf(text: string): Promise<{ search: Search; tier: number }[]> {
  const tiers: { search: Search; tier: number }[] = [];
  const search = await readSearch(service.db, productWords, text);
  if (search) {
    await walkTiers(service.db, productWords, search, undefined, (asked, tier) => {
      tiers.push({ search: asked, tier });
      return Promise.resolve('none');
    });
  }
  return tiers;
}

test.each([
  ['product', {}],
  ['prod', {}],
  ['product sku', {}],
  ['prodact sku', {}],
  ['product sku 77', {}],
  ['product', { after: { key: '', id: filledCategory(1) } }],
  ['sku', { categoryId: filledCategory(3) }],
  ['sku', { inStock: true, minPriceMinor: 1_000 }],
  ['product sku', { order: 'price' }],
  ['prodact', { order: 'name' }],
  ['sku', { categoryId: filledCategory(3), order: 'price' }],
] as [string, Partial<ProductFilter>][])(
  'a search for %s with %j reads no table from end to end',
  async (text, filter) => {
    const tiers = await tiersOf(text);
    expect(tiers.length).toBeGreaterThan(0);
    for (const asked of tiers) {
      const plan = await planOf({ order: '-relevance', ...filter }, asked);
      expect(plan.map((node) => node['Node Type'])).not.toContain('Seq Scan');
      // What everybody answers to is walked in order, not read and sorted.
      if (Object.keys(filter).length === 0 && asked.tier > 0) {
        expect(plan.map((node) => node['Node Type'])).not.toContain('Sort');
      }
    }
  },
);
