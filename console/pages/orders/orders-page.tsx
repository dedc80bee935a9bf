// Owns the list of orders: live, filtered by status and words, with a selection that is moved on together.

import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import { useCallback, useMemo, useState } from 'react';
import { download, type Order, type OrderStatus } from '../../api/client.ts';
import { useShop } from '../../app/shop.tsx';
import { fill } from '../../texts/en.ts';
import { Button, Failure, NothingFound, Skeleton, State } from '../../ui/parts.tsx';
import { SearchBox } from '../../ui/search-box.tsx';
import { toast } from '../../ui/toasts.tsx';
import { useRows } from '../../ui/use-rows.ts';
import { BulkBar } from './bulk-bar.tsx';
import { ordersQuery } from './order-queries.ts';
import { OrdersTable } from './orders-table.tsx';
import { orderStatuses } from './statuses.ts';

interface Props {
  status: OrderStatus | undefined;
  search: string;
}

export function OrdersPage({ status, search }: Props) {
  const { t, may, count } = useShop();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const list = useInfiniteQuery(ordersQuery(status, search));
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const found = useMemo(() => list.data?.pages.flatMap(({ items }) => items) ?? [], [list.data]);
  const { shown, newer, showNewer } = useNewer(found, `${status} ${search}`);
  const open = useCallback(
    (order: Order) => void navigate({ to: '/orders/$code', params: { code: order.code } }),
    [navigate],
  );
  const toggle = (id: string) =>
    setSelected((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const at = useRows({
    count: shown.length,
    onOpen: (index) => shown[index] && open(shown[index]),
    onSelect: (index) => shown[index] && may('moveOrders') && toggle(shown[index].id),
  });
  const filter = useCallback(
    (next: Partial<Props>) => {
      const wanted = { status, search, ...next };
      void navigate({
        to: '/orders',
        search: {
          ...(wanted.status && { status: wanted.status }),
          ...(wanted.search !== '' && { search: wanted.search }),
        },
        replace: true,
      });
    },
    [navigate, status, search],
  );
  const onSearch = useCallback((text: string) => filter({ search: text }), [filter]);
  const query = new URLSearchParams({ ...(status && { status }), ...(search !== '' && { search }) });

  return (
    <>
      <div className="title">
        <h1>{t.orders}</h1>
        <Button
          onPress={() =>
            void download(`/api/v1/orders/export/?${query.toString()}`, 'orders.csv').catch((error: Error) =>
              toast(error.message, 'bad'),
            )
          }
        >
          <Download size={16} aria-hidden />
          {t.export}
        </Button>
      </div>
      <div className="filters">
        <div className="tabs grow" role="group" aria-label={t.order.status}>
          <button type="button" aria-pressed={status === undefined} onClick={() => filter({ status: undefined })}>
            {t.all}
          </button>
          {orderStatuses.map((each) => (
            <button key={each} type="button" aria-pressed={status === each} onClick={() => filter({ status: each })}>
              {t.statuses[each]}
            </button>
          ))}
        </div>
        <SearchBox label={t.order.searchHint} value={search} onSearch={onSearch} />
      </div>
      <section className="panel" aria-label={t.orders}>
        {newer > 0 && (
          <button type="button" className="newer" onClick={showNewer}>
            {fill(t.order.newer, { n: count(newer) })}
          </button>
        )}
        {list.isPending ? (
          <Skeleton />
        ) : list.isError && found.length === 0 ? (
          <Failure error={list.error} retry={() => void list.refetch()} />
        ) : shown.length === 0 ? (
          status || search !== '' ? (
            <NothingFound />
          ) : (
            <State title={t.order.none} hint={t.order.noneHint} />
          )
        ) : (
          <OrdersTable
            orders={shown}
            at={at}
            onOpen={open}
            {...(may('moveOrders') && {
              selected,
              onToggle: toggle,
              onToggleAll: (all: boolean) => setSelected(new Set(all ? shown.map(({ id }) => id) : [])),
            })}
          />
        )}
        {list.hasNextPage && (
          <div className="more">
            <Button variant="bare" isDisabled={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
              {t.loadMore}
            </Button>
          </div>
        )}
      </section>
      {selected.size > 0 && (
        <BulkBar
          orders={shown.filter(({ id }) => selected.has(id))}
          onClear={() => setSelected(new Set())}
          onDone={() => void queries.invalidateQueries({ queryKey: ['orders'] })}
        />
      )}
    </>
  );
}

/** Rows don't jump: what came in since is counted, and shown when it is asked for. */
function useNewer(found: readonly Order[], list: string) {
  const [seen, setSeen] = useState<{ list: string; newestId: string }>();
  const newestId = found[0]?.id;
  if (newestId !== undefined && seen?.list !== list) setSeen({ list, newestId });
  const upTo = seen?.list === list ? seen.newestId : newestId;
  const shown = found.filter(({ id }) => upTo === undefined || id <= upTo);
  // Where nothing was, there is nothing that could jump.
  const showNewer = () => newestId !== undefined && setSeen({ list, newestId });
  return { shown, newer: found.length - shown.length, showNewer };
}
