// Owns what the pages of orders ask of the service, and how an order is moved on.

import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, body, ifMatch, type Order, type OrderStatus, type Page, page } from '../../api/client.ts';

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

const atOnce = 4;

/** Each order by itself, a few at a time. @param onProgress how many are through */
export async function moveOrders(
  orders: readonly Order[],
  status: OrderStatus,
  onProgress: (through: number) => void,
): Promise<BulkResult> {
  const result: BulkResult = { done: 0, refused: [] };
  const waiting = [...orders];
  const work = async () => {
    for (let order = waiting.shift(); order; order = waiting.shift()) {
      try {
        await moveOrder(order, status);
        result.done += 1;
      } catch (error) {
        result.refused.push({ code: order.code, detail: (error as Error).message });
      }
      onProgress(result.done + result.refused.length);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return result;
}
