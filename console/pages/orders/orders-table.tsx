// Owns the table of orders, on a phone a list of cards.

import type { Order } from '../../api/client.ts';
import { useShop } from '../../app/shop.tsx';
import { StatusBadge } from '../../ui/parts.tsx';

interface Props {
  orders: readonly Order[];
  /** The row that the keyboard is at. */
  at: number;
  onOpen: (order: Order) => void;
  selected?: ReadonlySet<string>;
  onToggle?: (id: string) => void;
  onToggleAll?: (all: boolean) => void;
}

export function OrdersTable({ orders, at, onOpen, selected, onToggle, onToggleAll }: Props) {
  const { t } = useShop();
  return (
    <table className="table cards orders">
      <thead>
        <tr>
          {onToggleAll && (
            <th className="check">
              <input
                type="checkbox"
                aria-label={t.all}
                checked={selected !== undefined && selected.size > 0 && selected.size === orders.length}
                onChange={(event) => onToggleAll(event.target.checked)}
              />
            </th>
          )}
          <th>{t.order.code}</th>
          <th>{t.order.customer}</th>
          <th>{t.order.placed}</th>
          <th>{t.order.status}</th>
          <th className="number">{t.order.items}</th>
          <th className="number">{t.order.total}</th>
        </tr>
      </thead>
      <tbody>
        {orders.map((order, index) => (
          <OrderRow
            key={order.id}
            order={order}
            isAt={index === at}
            isSelected={selected?.has(order.id) ?? false}
            onOpen={onOpen}
            {...(onToggle && { onToggle })}
          />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  order: Order;
  isAt: boolean;
  isSelected: boolean;
  onOpen: (order: Order) => void;
  onToggle?: (id: string) => void;
}

function OrderRow({ order, isAt, isSelected, onOpen, onToggle }: RowProps) {
  const { money, brief, moment, count } = useShop();
  const pieces = order.items.reduce((sum, { quantity }) => sum + quantity, 0);
  return (
    <tr
      data-link
      {...(isAt && { 'data-at': true })}
      {...(isSelected && { 'data-selected': true })}
      onClick={() => onOpen(order)}
    >
      {onToggle && (
        // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- it only keeps the row from opening
        <td className="check" data-wide-only onClick={(event) => event.stopPropagation()}>
          <input type="checkbox" aria-label={order.code} checked={isSelected} onChange={() => onToggle(order.id)} />
        </td>
      )}
      <td data-cell="code">
        <a
          className="mono"
          href={`orders/${order.code}`}
          onClick={(event) => {
            if (event.ctrlKey || event.metaKey) return;
            event.preventDefault();
          }}
        >
          {order.code}
        </a>
      </td>
      <td className="name" data-cell="name">
        {order.customer.name}
      </td>
      <td className="quiet" data-cell="time" title={moment(order.created_at)}>
        {brief(order.created_at)}
      </td>
      <td data-cell="status">
        <StatusBadge status={order.status} />
      </td>
      <td className="number quiet" data-wide-only>
        {count(pieces)}
      </td>
      <td className="number" data-cell="total">
        {money(order.total_amount)}
      </td>
    </tr>
  );
}
