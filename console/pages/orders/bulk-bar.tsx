// Owns moving selected orders on together: what all of them allow, with progress, and what came of each.

import { useState } from 'react';
import type { Order, OrderStatus } from '../../api/client.ts';
import { useShop } from '../../app/shop.tsx';
import { fill } from '../../texts/en.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Button } from '../../ui/parts.tsx';
import { toast } from '../../ui/toasts.tsx';
import { type BulkResult, moveOrders } from './order-queries.ts';
import { orderStatuses } from './statuses.ts';

interface Props {
  orders: readonly Order[];
  onClear: () => void;
  onDone: () => void;
}

/** Time to take a step back: nothing has left yet. */
const undoMs = 5_000;

export function BulkBar({ orders, onClear, onDone }: Props) {
  const { t, count } = useShop();
  const [pending, setPending] = useState<{ status: OrderStatus; timer: ReturnType<typeof setTimeout> }>();
  const [through, setThrough] = useState<number>();
  const [refused, setRefused] = useState<BulkResult['refused']>([]);
  const [asks, setAsks] = useState(false);
  const moves = orderStatuses.filter((status) => orders.some(({ allowed_moves }) => allowed_moves.includes(status)));

  async function move(status: OrderStatus): Promise<void> {
    setPending(undefined);
    setThrough(0);
    const result = await moveOrders(orders, status, setThrough)
      .catch((error: Error) => toast(error.message, 'bad'))
      .finally(() => setThrough(undefined));
    onDone();
    if (!result) return;
    const done = fill(t.order.bulkDone, { n: count(result.done) });
    if (result.refused.length === 0) {
      toast(done);
      onClear();
    } else {
      setRefused(result.refused);
      toast(`${done}, ${fill(t.order.bulkRefused, { n: count(result.refused.length) })}`, 'bad');
    }
  }

  const begin = (status: OrderStatus) => {
    if (status === 'cancelled') setAsks(true);
    else setPending({ status, timer: setTimeout(() => void move(status), undoMs) });
  };

  return (
    <div className="bulk" role="region" aria-label={fill(t.order.selected, { n: orders.length })}>
      <strong>{fill(t.order.selected, { n: count(orders.length) })}</strong>
      {through !== undefined ? (
        <progress max={orders.length} value={through} aria-label={t.loading} />
      ) : pending ? (
        <>
          <span>{t.moves[pending.status]} …</span>
          <Button
            onPress={() => {
              clearTimeout(pending.timer);
              setPending(undefined);
            }}
          >
            {t.cancel}
          </Button>
        </>
      ) : (
        <>
          {moves.map((status) => (
            <Button
              key={status}
              {...(status === 'cancelled' ? { variant: 'danger' as const } : { variant: 'primary' as const })}
              onPress={() => begin(status)}
            >
              {t.moves[status]}
            </Button>
          ))}
          <Button variant="bare" onPress={onClear}>
            {t.order.clear}
          </Button>
        </>
      )}
      <Dialog
        isAlert
        title={fill(t.order.confirmCancel, { code: count(orders.length) })}
        isOpen={asks}
        onClose={() => setAsks(false)}
      >
        <p className="quiet">{t.order.confirmCancelHint}</p>
        <div className="row">
          <span className="grow" />
          <Button onPress={() => setAsks(false)}>{t.order.keep}</Button>
          <Button
            variant="danger"
            onPress={() => {
              setAsks(false);
              void move('cancelled');
            }}
          >
            {t.moves.cancelled}
          </Button>
        </div>
      </Dialog>
      <Dialog
        title={fill(t.order.bulkRefused, { n: refused.length })}
        isOpen={refused.length > 0}
        onClose={() => setRefused([])}
      >
        <dl className="facts">
          {refused.map(({ code, detail }) => (
            <div key={code} style={{ display: 'contents' }}>
              <dt className="mono">{code}</dt>
              <dd>{detail}</dd>
            </div>
          ))}
        </dl>
      </Dialog>
    </div>
  );
}
