// Owns a customer's page: who they are, and what they ordered.

import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Phone } from 'lucide-react';
import { api, body, type Order, page } from '../../api/client.ts';
import { useShop } from '../../app/shop.tsx';
import { Facts, Failure, Panel, Skeleton, State } from '../../ui/parts.tsx';
import { useRows } from '../../ui/use-rows.ts';
import { OrdersTable } from '../orders/orders-table.tsx';

const shownOrders = 100;
const languages = { en: 'English', sw: 'Kiswahili' };

export function CustomerPage({ id }: { id: string }) {
  const { t, may, moment } = useShop();
  const customer = useQuery({
    queryKey: ['customer', id],
    queryFn: () => body(api.GET('/api/v1/customers/{id}/', { params: { path: { id } } })),
  });
  if (customer.isPending) return <Skeleton />;
  if (!customer.data) return <Failure error={customer.error} retry={() => void customer.refetch()} />;
  const { name, phonenumber, email, address, language, created_at: since } = customer.data;
  return (
    <>
      <div className="title">
        <h1>{name}</h1>
        {phonenumber !== '' && (
          <a className="button" href={`tel:${phonenumber}`}>
            <Phone size={16} aria-hidden />
            {t.order.call}
          </a>
        )}
      </div>
      <div className="columns">
        {may('orders') ? <OrdersOf id={id} /> : <span />}
        <Panel title={t.order.customer}>
          <Facts
            facts={[
              [t.order.phone, phonenumber],
              [t.order.email, email],
              ...(address === '' ? [] : ([[t.customer.address, address]] as const)),
              ...(language === null ? [] : ([[t.customer.language, languages[language]]] as const)),
              [t.customer.since, moment(since)],
            ]}
          />
        </Panel>
      </div>
    </>
  );
}

function OrdersOf({ id }: { id: string }) {
  const { t } = useShop();
  const navigate = useNavigate();
  const { data, error, isPending } = useQuery({
    queryKey: ['orders of', id],
    queryFn: () => page<Order>(api.GET('/api/v1/orders/', { params: { query: { customer: id, limit: shownOrders } } })),
  });
  const orders = data?.items ?? [];
  const open = (order: Order) => void navigate({ to: '/orders/$code', params: { code: order.code } });
  const at = useRows({ count: orders.length, onOpen: (index) => orders[index] && open(orders[index]) });
  return (
    <Panel title={t.customer.orders} flush>
      {isPending ? (
        <Skeleton />
      ) : !data ? (
        <Failure error={error} />
      ) : orders.length === 0 ? (
        <State title={t.order.none} />
      ) : (
        <OrdersTable orders={orders} at={at} onOpen={open} />
      )}
    </Panel>
  );
}
