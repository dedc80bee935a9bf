// Owns the list of customers.

import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import { useCallback, useMemo } from 'react';
import { api, type Customer, download, page } from '../../api/client.ts';
import { useShop } from '../../app/shop.tsx';
import { Button, Failure, NothingFound, Skeleton, State } from '../../ui/parts.tsx';
import { SearchBox } from '../../ui/search-box.tsx';
import { toast } from '../../ui/toasts.tsx';
import { useRows } from '../../ui/use-rows.ts';

const pageSize = 50;

export function CustomersPage({ search }: { search: string }) {
  const { t, brief } = useShop();
  const navigate = useNavigate();
  const list = useInfiniteQuery({
    queryKey: ['customers', search],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      page<Customer>(
        api.GET('/api/v1/customers/', {
          params: {
            query: {
              limit: pageSize,
              ...(search !== '' && { search }),
              ...(pageParam !== undefined && { cursor: pageParam }),
            },
          },
        }),
      ),
    getNextPageParam: (last) => last.next,
  });
  const customers = useMemo(() => list.data?.pages.flatMap(({ items }) => items) ?? [], [list.data]);
  const onSearch = useCallback(
    (text: string) => void navigate({ to: '/customers', search: text === '' ? {} : { search: text }, replace: true }),
    [navigate],
  );
  const open = (id: string) => void navigate({ to: '/customers/$id', params: { id } });
  const at = useRows({ count: customers.length, onOpen: (index) => customers[index] && open(customers[index].id) });
  return (
    <>
      <div className="title">
        <h1>{t.customers}</h1>
        <Button
          onPress={() =>
            void download('/api/v1/customers/export/', 'customers.csv').catch((error: Error) =>
              toast(error.message, 'bad'),
            )
          }
        >
          <Download size={16} aria-hidden />
          {t.export}
        </Button>
      </div>
      <SearchBox label={t.search} value={search} onSearch={onSearch} />
      <section className="panel" aria-label={t.customers}>
        {list.isPending ? (
          <Skeleton />
        ) : list.isError && customers.length === 0 ? (
          <Failure error={list.error} retry={() => void list.refetch()} />
        ) : customers.length === 0 ? (
          search !== '' ? (
            <NothingFound />
          ) : (
            <State title={t.customer.none} hint={t.customer.noneHint} />
          )
        ) : (
          <table className="table cards">
            <thead>
              <tr>
                <th>{t.product.name}</th>
                <th>{t.order.phone}</th>
                <th>{t.order.email}</th>
                <th>{t.customer.since}</th>
              </tr>
            </thead>
            <tbody>
              {customers.map((customer, index) => (
                <tr
                  key={customer.id}
                  data-link
                  {...(index === at && { 'data-at': true })}
                  onClick={() => open(customer.id)}
                >
                  <td className="name">
                    <Link to="/customers/$id" params={{ id: customer.id }}>
                      {customer.name}
                    </Link>
                  </td>
                  <td className="end">{customer.phonenumber}</td>
                  <td className="quiet">{customer.email}</td>
                  <td className="quiet end">{brief(customer.created_at)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {list.hasNextPage && (
          <div className="more">
            <Button variant="bare" isDisabled={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
              {t.loadMore}
            </Button>
          </div>
        )}
      </section>
    </>
  );
}
