// Owns what sold most: products in their categories, and the first hundred of anything.

import type { Kysely } from 'kysely';
import { listCategoriesOf } from '../catalog/report-store.ts';
import type { ProductSales } from '../orders/sales-store.ts';
import type { Database } from '../platform/database.ts';

export const orderings = ['revenue', 'quantity'] as const;

export type Ordering = (typeof orderings)[number];

const most = 100;

type Sold = Pick<ProductSales, 'name' | 'quantity' | 'revenueMinor' | 'orders'>;

export interface CategorySales extends Sold {
  /** Null for products that are in none. */
  categoryId: string | null;
}

export function best<T extends Sold>(sold: readonly T[], ordering: Ordering = 'revenue'): T[] {
  const worth = ordering === 'revenue' ? (each: T) => each.revenueMinor : (each: T) => each.quantity;
  return sold.toSorted((one, other) => worth(other) - worth(one) || (one.name < other.name ? -1 : 1)).slice(0, most);
}

/** An order with two products of a category counts there twice: what sold is counted by product. */
export async function addUpCategories(db: Kysely<Database>, sold: readonly ProductSales[]): Promise<CategorySales[]> {
  const places = new Map(
    (
      await listCategoriesOf(
        db,
        sold.map(({ productId }) => productId),
      )
    ).map((place) => [place.productId, place]),
  );
  const categories = new Map<string | null, CategorySales>();
  for (const { productId, quantity, revenueMinor, orders } of sold) {
    const { categoryId = null, title = null } = places.get(productId) ?? {};
    const before = categories.get(categoryId);
    categories.set(categoryId, {
      categoryId,
      name: title ?? '',
      quantity: quantity + (before?.quantity ?? 0),
      revenueMinor: revenueMinor + (before?.revenueMinor ?? 0),
      orders: orders + (before?.orders ?? 0),
    });
  }
  return [...categories.values()];
}
