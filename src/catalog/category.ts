// Owns what a category is, its generated codes, and the nesting of a flat list into a tree.

import { randomInt } from 'node:crypto';

export interface Category {
  id: string;
  parentId: string | null;
  /** 1 to 32 upper-case letters and digits, unique. */
  code: string;
  title: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface CategoryJson {
  id: string;
  code: string;
  title: string;
  parent: string | null;
  children?: CategoryJson[];
}

const codeAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** Eight random upper-case letters and digits: one of 2.8 × 10^12, so a collision is possible but rare. */
export const randomCategoryCode = (): string =>
  Array.from({ length: 8 }, () => codeAlphabet[randomInt(codeAlphabet.length)]).join('');

export const categoryEtag = (category: Category): string => `"${category.version}"`;

export const categoryJson = (category: Category): CategoryJson => ({
  id: category.id,
  code: category.code,
  title: category.title,
  parent: category.parentId,
});

/** Nests `descendants` under `tops`, each list in the order given. */
export function categoryTreeJson(tops: Category[], descendants: Category[]): CategoryJson[] {
  const children = Map.groupBy(descendants, (category) => category.parentId);
  const nest = (category: Category): CategoryJson => ({
    ...categoryJson(category),
    children: (children.get(category.id) ?? []).map(nest),
  });
  return tops.map(nest);
}
