// Owns what a product is, the orders a list of products can come in, and a product as JSON.

import { toMajor } from '../platform/money.ts';

export interface Product {
  id: string;
  categoryId: string;
  /** The shop's own number for it, unique among products that are not deleted. */
  sku: string | null;
  name: string;
  description: string;
  priceMinor: number;
  /** Null: not counted, so never short. */
  stock: number | null;
  /** What one order may hold of it; null: as much as there is. */
  maxPerOrder: number | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface ProductJson {
  id: string;
  name: string;
  description: string;
  price: number;
  currency: string;
  category: string;
  sku: string | null;
  stock: number | null;
  max_per_order: number | null;
  created_at: string;
  updated_at: string;
}

export const productOrderings = ['-created_at', 'created_at', 'name', '-name', 'price', '-price'] as const;

/** What a list can be in the order of; by relevance when there is a search and nothing else was asked for. */
export type ProductListOrder = (typeof productOrderings)[number] | '-relevance';

/** Changes with every edit and every sale: the stock is part of what a reader sees. */
export const productEtag = (product: Product): string => `"${product.version}.${product.stock ?? 'uncounted'}"`;

export const productJson = (product: Product, currency: string, decimals: number): ProductJson => ({
  id: product.id,
  name: product.name,
  description: product.description,
  price: toMajor(product.priceMinor, decimals),
  currency,
  category: product.categoryId,
  sku: product.sku,
  stock: product.stock,
  max_per_order: product.maxPerOrder,
  created_at: product.createdAt.toISOString(),
  updated_at: product.updatedAt.toISOString(),
});
