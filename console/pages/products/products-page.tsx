// Owns the list of products, where prices and stock are changed in place.

import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Download, Upload } from 'lucide-react';
import { useCallback, useMemo } from 'react';
import { api, download, type Product, page } from '../../api/client.ts';
import { useShop } from '../../app/shop.tsx';
import { Button, Failure, NothingFound, Skeleton, State } from '../../ui/parts.tsx';
import { SearchBox } from '../../ui/search-box.tsx';
import { toast } from '../../ui/toasts.tsx';
import { EditCell } from './edit-cell.tsx';

const pageSize = 50;

export function ProductsPage({ search }: { search: string }) {
  const { t } = useShop();
  const navigate = useNavigate();
  const list = useInfiniteQuery({
    queryKey: ['products', search],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      page<Product>(
        api.GET('/api/v1/products/', {
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
  const products = useMemo(() => list.data?.pages.flatMap(({ items }) => items) ?? [], [list.data]);
  const onSearch = useCallback(
    (text: string) => void navigate({ to: '/products', search: text === '' ? {} : { search: text }, replace: true }),
    [navigate],
  );
  return (
    <>
      <div className="title">
        <h1>{t.products}</h1>
        <div className="row">
          <Link to="/products/import" className="button">
            <Upload size={16} aria-hidden />
            {t.product.import}
          </Link>
          <Button
            onPress={() =>
              void download('/api/v1/products/export/', 'products.csv').catch((error: Error) =>
                toast(error.message, 'bad'),
              )
            }
          >
            <Download size={16} aria-hidden />
            {t.export}
          </Button>
        </div>
      </div>
      <SearchBox label={t.search} value={search} onSearch={onSearch} />
      <section className="panel" aria-label={t.products}>
        {list.isPending ? (
          <Skeleton />
        ) : list.isError && products.length === 0 ? (
          <Failure error={list.error} retry={() => void list.refetch()} />
        ) : products.length === 0 ? (
          search !== '' ? (
            <NothingFound />
          ) : (
            <State title={t.product.none} hint={t.product.noneHint} />
          )
        ) : (
          <Products products={products} />
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

function Products({ products }: { products: readonly Product[] }) {
  const { t } = useShop();
  return (
    <table className="table">
      <thead>
        <tr>
          <th>{t.product.name}</th>
          <th className="number figure-column">{t.product.price}</th>
          <th className="number figure-column">{t.product.stock}</th>
        </tr>
      </thead>
      <tbody>
        {products.map((product) => (
          <tr key={product.id}>
            <td>
              <span className="name">{product.name}</span>
              {product.sku !== null && <div className="mono quiet">{product.sku}</div>}
            </td>
            <td className="number">
              <EditCell product={product} field="price" />
            </td>
            <td className="number">
              <EditCell product={product} field="stock" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
