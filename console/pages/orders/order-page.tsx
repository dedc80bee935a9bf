// Owns an order's page: what is in it, who ordered, what may be done next, and everything that happened.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Phone, Printer } from 'lucide-react';
import { useState } from 'react';
import type { Order, OrderStatus } from '../../api/client.ts';
import { slugOf } from '../../api/problem.ts';
import { useShop } from '../../app/shop.tsx';
import { fill } from '../../texts/en.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Button, Facts, Failure, Panel, Skeleton, State, StatusBadge } from '../../ui/parts.tsx';
import { NoteBox } from './note-box.tsx';
import { OrderLines } from './order-lines.tsx';
import { moveOrder, orderQuery } from './order-queries.ts';
import { Timeline } from './timeline.tsx';

export function OrderPage({ code }: { code: string }) {
  const { t } = useShop();
  const { data: order, error, isPending, refetch } = useQuery(orderQuery(code));
  if (isPending) return <Skeleton />;
  if (order === undefined) return <Failure error={error} retry={() => void refetch()} />;
  if (order === null) return <State title={t.notFound} hint={t.notFoundHint} />;
  return <OrderDetails order={order} />;
}

function OrderDetails({ order }: { order: Order }) {
  const { t, may, moment, money } = useShop();
  const { customer } = order;
  return (
    <>
      <div className="title">
        <div className="row">
          <h1 className="mono" style={{ fontSize: 20 }}>
            {order.code}
          </h1>
          <StatusBadge status={order.status} />
          <span className="quiet">{moment(order.created_at)}</span>
        </div>
        <Moves order={order} />
      </div>
      <div className="columns">
        <div className="stack">
          <Panel title={t.order.lines} flush>
            <OrderLines order={order} />
          </Panel>
          <Panel title={t.order.timeline}>
            <div className="stack">
              {may('moveOrders') && <NoteBox order={order} />}
              <Timeline events={order.events ?? []} orderCode={order.code} />
            </div>
          </Panel>
        </div>
        <div className="stack">
          <Panel
            title={t.order.customer}
            end={
              <a className="button" href={`tel:${customer.phonenumber}`}>
                <Phone size={16} aria-hidden />
                {t.order.call}
              </a>
            }
          >
            <div className="stack">
              {may('customers') ? (
                <Link to="/customers/$id" params={{ id: customer.id }}>
                  <strong>{customer.name}</strong>
                </Link>
              ) : (
                <strong>{customer.name}</strong>
              )}
              <Facts
                facts={[
                  [t.order.phone, customer.phonenumber],
                  ...(customer.email === '' ? [] : ([[t.order.email, customer.email]] as const)),
                  ...(customer.address === '' ? [] : ([[t.order.address, customer.address]] as const)),
                ]}
              />
            </div>
          </Panel>
          <Panel title={t.order.total}>
            <Facts
              facts={[
                [
                  t.order.subtotal,
                  <span key="s" className="number">
                    {money(order.subtotal)}
                  </span>,
                ],
                ...(order.discount === 0 ? [] : ([[t.order.discount, money(-order.discount)]] as const)),
                ...(order.tax === 0 ? [] : ([[t.order.tax, money(order.tax)]] as const)),
                [t.order.total, <strong key="t">{money(order.total_amount)}</strong>],
              ]}
            />
          </Panel>
          <Button onPress={() => print()}>
            <Printer size={16} aria-hidden />
            {t.order.packingSlip}
          </Button>
        </div>
      </div>
    </>
  );
}

/** The steps that are legal for this person. What somebody else did meanwhile is shown, and nothing of it is undone. */
function Moves({ order }: { order: Order }) {
  const { t } = useShop();
  const queries = useQueryClient();
  const [asks, setAsks] = useState(false);
  const [note, setNote] = useState('');
  const [isStale, setIsStale] = useState(false);
  const move = useMutation({
    mutationFn: ({ status, why }: { status: OrderStatus; why?: string }) => moveOrder(order, status, why),
    onSuccess: () => setIsStale(false),
    onError: (error) => setIsStale(slugOf(error) === 'stale'),
    onSettled: () => queries.invalidateQueries({ queryKey: ['order', order.code] }),
  });
  const next = order.allowed_moves.filter((status) => status !== 'cancelled');
  return (
    <>
      <div className="row">
        {order.allowed_moves.includes('cancelled') && (
          <Button variant="danger" isDisabled={move.isPending} onPress={() => setAsks(true)}>
            {t.moves.cancelled}
          </Button>
        )}
        {next.map((status) => (
          <Button key={status} variant="primary" isDisabled={move.isPending} onPress={() => move.mutate({ status })}>
            {t.moves[status]}
          </Button>
        ))}
      </div>
      {isStale && (
        <div className="note" role="alert" style={{ width: '100%' }}>
          {fill(t.order.stale, { status: t.statuses[order.status].toLowerCase() })}
        </div>
      )}
      <Dialog
        isAlert
        title={fill(t.order.confirmCancel, { code: order.code })}
        isOpen={asks}
        onClose={() => setAsks(false)}
      >
        <p className="quiet">{t.order.confirmCancelHint}</p>
        <div className="field">
          <label htmlFor="why">{t.order.note}</label>
          <input
            id="why"
            className="input"
            maxLength={500}
            placeholder={t.order.noteHint}
            value={note}
            onChange={(event) => setNote(event.target.value)}
          />
        </div>
        <div className="row">
          <span className="grow" />
          <Button onPress={() => setAsks(false)}>{t.order.keep}</Button>
          <Button
            variant="danger"
            onPress={() => {
              setAsks(false);
              move.mutate({ status: 'cancelled', why: note.trim() });
            }}
          >
            {t.moves.cancelled}
          </Button>
        </div>
      </Dialog>
    </>
  );
}
