// Owns changing one figure of a product in its row: Enter keeps it, Escape leaves it, and nothing of others is overwritten.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body, ifMatch, type Product } from '../../api/client.ts';
import { slugOf } from '../../api/problem.ts';
import { useShop } from '../../app/shop.tsx';
import { fill } from '../../texts/en.ts';
import { toast } from '../../ui/toasts.tsx';

type Field = 'price' | 'stock';

class Changed extends Error {}

/** Only where the figure is still the one that was shown. */
async function save(product: Product, field: Field, value: string): Promise<void> {
  const params = { path: { id: product.id } };
  const { data, response } = await api.GET('/api/v1/products/{id}/', { params });
  if (!data || data[field] !== product[field]) throw new Changed();
  const headers = ifMatch(response.headers.get('etag'));
  const change = field === 'price' ? { price: value } : { stock: value === '' ? null : Number(value) };
  await body(api.PATCH('/api/v1/products/{id}/', { params, headers, body: change }));
}

export function EditCell({ product, field }: { product: Product; field: Field }) {
  const { t } = useShop();
  const queries = useQueryClient();
  const [text, setText] = useState<string>();
  const saving = useMutation({
    mutationFn: (value: string) => save(product, field, value),
    onSuccess: () => toast(t.product.saved),
    onError: (error) => {
      if (error instanceof Changed || slugOf(error) === 'stale') {
        toast(fill(t.product.staleProduct, { name: product.name }), 'bad');
      }
    },
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: ['products'] });
      setText(undefined);
    },
  });
  const shown = product[field] === null ? '' : String(product[field]);
  const commit = () => {
    const value = text?.trim();
    if (value === undefined || value === shown) setText(undefined);
    else saving.mutate(value);
  };
  return (
    <input
      className="edit"
      inputMode={field === 'price' ? 'decimal' : 'numeric'}
      aria-label={fill(t.product.edit, { field: t.product[field].toLowerCase(), name: product.name })}
      placeholder={field === 'stock' ? t.product.notCounted : ''}
      value={text ?? shown}
      readOnly={saving.isPending}
      onChange={(event) => setText(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
        if (event.key === 'Escape') setText(undefined);
      }}
    />
  );
}
