// Owns the lines of an order, as they were sold.

import type { Order } from '../../api/client.ts';
import { useShop } from '../../app/shop.tsx';

export function OrderLines({ order }: { order: Order }) {
  const { t, money, count } = useShop();
  return (
    <table className="table">
      <thead>
        <tr>
          <th>{t.order.product}</th>
          <th className="number">{t.order.quantity}</th>
          <th className="number" data-wide-only>
            {t.order.price}
          </th>
          <th className="number">{t.order.total}</th>
        </tr>
      </thead>
      <tbody>
        {order.items.map((line) => (
          <tr key={line.id}>
            <td>
              <span className="name">{line.name}</span>
              {line.sku !== null && <div className="mono quiet">{line.sku}</div>}
            </td>
            <td className="number">{count(line.quantity)}</td>
            <td className="number quiet" data-wide-only>
              {money(line.price)}
            </td>
            <td className="number">{money(line.total)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
