// Owns what the pages of orders ask of the service, and how an order is moved on.

import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, body, ifMatch, type Order, type OrderStatus, type Page, page } from '../../api/client.ts';
import { ApiProblem } from '../../api/problem.ts';

const pageSize = 50;
const lookEveryMs = 1_500;
/** A long list is not asked for whole again and again. */
const pagesLookedAt = 2;

export const ordersQuery = (status: OrderStatus | undefined, search: string) =>
  infiniteQueryOptions({
    queryKey: ['orders', { status, search }],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      page<Order>(
        api.GET('/api/v1/orders/', {
          params: {
            query: {
              limit: pageSize,
              ...(status && { status }),
              ...(search !== '' && { search }),
              ...(pageParam !== undefined && { cursor: pageParam }),
            },
          },
        }),
      ),
    getNextPageParam: (last: Page<Order>) => last.next,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) <= pagesLookedAt ? lookEveryMs : false),
  });

export const orderQuery = (code: string) =>
  queryOptions({
    queryKey: ['order', code],
    queryFn: async () => {
      const found = await body(api.GET('/api/v1/orders/', { params: { query: { code, limit: 1 } } }));
      const id = found[0]?.id;
      if (id === undefined) return null;
      return body(api.GET('/api/v1/orders/{id}/', { params: { path: { id }, query: { expand: 'events' } } }));
    },
    refetchInterval: lookEveryMs,
  });

/** Moves an order, as it was seen. @throws ApiProblem `stale` where somebody was faster */
export function moveOrder(order: Pick<Order, 'id' | 'version'>, status: OrderStatus, note = ''): Promise<Order> {
  const path = { id: order.id };
  const headers = ifMatch(`"${order.version}"`);
  if (status === 'cancelled' && note === '')
    return body(api.DELETE('/api/v1/orders/{id}/', { params: { path }, headers }));
  return body(
    api.PATCH('/api/v1/orders/{id}/', {
      params: { path },
      headers,
      body: { status, ...(note !== '' && { note }) } as never,
    }),
  );
}

export interface BulkResult {
  done: number;
  refused: { code: string; detail: string }[];
}

/** So many at once that progress is seen; the service takes up to 500. */
const batch = 25;

/** Each order by itself; a batch that breaks off is sent once more with its key. @param onProgress how many are through */
export async function moveOrders(
  orders: readonly Order[],
  status: OrderStatus,
  onProgress: (through: number) => void,
): Promise<BulkResult> {
  const result: BulkResult = { done: 0, refused: [] };
  for (let at = 0; at < orders.length; at += batch) {
    const some = orders.slice(at, at + batch);
    const key = crypto.randomUUID();
    const send = () =>
      body(
        api.POST('/api/v1/orders/bulk/', {
          headers: { 'Idempotency-Key': key },
          body: { ids: some.map(({ id }) => id), status },
        }),
      );
    const { results } = await send().catch((error: unknown) => {
      if (error instanceof ApiProblem && error.status < 500) throw error;
      return send();
    });
    for (const [index, each] of results.entries()) {
      if (each.status === 'changed') result.done += 1;
      else result.refused.push({ code: some[index]?.code ?? each.id, detail: each.problem?.detail ?? '' });
    }
    onProgress(at + some.length);
  }
  return result;
}

/** @throws ApiProblem */
export const writeNote = (order: Pick<Order, 'id'>, text: string) =>
  body(api.POST('/api/v1/orders/{id}/notes/', { params: { path: { id: order.id } }, body: { text } }));
