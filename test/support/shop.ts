// Owns a small shop for tests: a category, products, and orders placed over HTTP.

import type { Answer, Service } from './service.ts';

export interface Shop {
  staff: string;
  category: string;
  makeProduct(
    parts?: Record<string, unknown>,
  ): Promise<{ id: string; name: string; sku: string | null; price: number }>;
  stockOf(product: string): Promise<number | null>;
  place(token: string, items: [product: string, quantity: number][], parts?: PlaceParts): Promise<Answer>;
}

export interface PlaceParts {
  phone?: string;
  key?: string;
  headers?: Record<string, string>;
}

/** @param staffToken the sandbox's unless the service believes another issuer */
export async function openShop(service: Service, staffToken?: string): Promise<Shop> {
  const staff = staffToken ?? (await service.tokenFor('staff'));
  const category = await service.request('POST', '/api/v1/categories/', { token: staff, body: { title: 'Household' } });
  return {
    staff,
    category: category.body.id,
    async makeProduct(parts = {}) {
      const body = { name: 'Enamel mug', price: 200, category: category.body.id, ...parts };
      const answer = await service.request('POST', '/api/v1/products/', { token: staff, body });
      if (answer.status !== 201) throw new Error(`no product: ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    stockOf: async (product) => (await service.request('GET', `/api/v1/products/${product}/`)).body.stock,
    place: (token, items, parts = {}) =>
      service.request('POST', '/api/v1/orders/', {
        token,
        body: {
          items: items.map(([product, quantity]) => ({ product, quantity })),
          phone_number: parts.phone ?? '+254712345678',
        },
        headers: { ...(parts.key !== undefined && { 'idempotency-key': parts.key }), ...parts.headers },
      }),
  };
}
