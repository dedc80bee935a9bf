// Owns the words of the e-mail that staff get about a new order.

import type { Order } from '../orders/order.ts';
import { orderCode } from '../orders/order-code.ts';
import { formatMoney } from './formatting.ts';

export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

export const orderLink = (publicUrl: string, order: Pick<Order, 'number'>): string =>
  `${publicUrl}/console/orders/${orderCode(order.number)}`;

export interface EmailText {
  subject: string;
  text: string;
  html: string;
}

/** The e-mail to staff about a new order. */
export function newOrderEmail(order: Order, publicUrl: string): EmailText {
  const code = orderCode(order.number);
  const total = formatMoney(order.totalMinor, order.currency);
  const link = orderLink(publicUrl, order);
  const { name, phoneNumber, email, address } = order.customer;
  const customer = [name, phoneNumber, email, address].filter((each) => each !== '');
  const lines = order.lines.map((line) => ({
    what: `${line.quantity} × ${line.name}`,
    price: formatMoney(line.totalMinor, order.currency),
  }));
  const rows = lines.map(
    (line) =>
      `<tr><td style="padding:4px 16px 4px 0">${escapeHtml(line.what)}</td><td align="right">${line.price}</td></tr>`,
  );
  return {
    subject: `New order ${code}, ${total}`,
    text: `${[`New order ${code}`, customer.join('\n'), lines.map((line) => `${line.what}   ${line.price}`).join('\n'), `Total ${total}`, link].join('\n\n')}\n`,
    html: `<!doctype html><html lang="en"><body style="font:16px/1.5 system-ui,sans-serif;color:#1a1a1a">
<h1 style="font-size:20px">New order ${code}</h1>
<p>${customer.map(escapeHtml).join('<br>')}</p>
<table style="border-collapse:collapse">${rows.join('')}
<tr><td style="padding:8px 16px 4px 0"><strong>Total</strong></td><td align="right"><strong>${total}</strong></td></tr></table>
<p><a href="${escapeHtml(link)}">Open the order</a></p></body></html>`,
  };
}
