// Owns the words of e-mails to staff that are not about one order: digests of many, and alarms.

import type { OrderSummary } from '../orders/order.ts';
import { orderCode } from '../orders/order-code.ts';
import { formatMoney } from './formatting.ts';
import { type EmailText, escapeHtml, orderLink } from './new-order-email.ts';

/** A page that any mail program shows: no styles but its own, no pictures. */
const page = (title: string, content: string): string =>
  `<!doctype html><html lang="en"><body style="font:16px/1.5 system-ui,sans-serif;color:#1a1a1a">
<h1 style="font-size:20px">${escapeHtml(title)}</h1>
${content}</body></html>`;

/** About many at once, in the order of their placing: a line each. */
export function orderDigestEmail(orders: readonly OrderSummary[], publicUrl: string): EmailText {
  const totals = new Map<string, number>();
  for (const { currency, totalMinor } of orders) totals.set(currency, (totals.get(currency) ?? 0) + totalMinor);
  const total = [...totals].map(([currency, minor]) => formatMoney(minor, currency)).join(' and ');
  const count = `${orders.length.toLocaleString('en')} new orders`;
  const lines = orders.map((order) => ({
    code: orderCode(order.number),
    total: formatMoney(order.totalMinor, order.currency),
    name: order.customer.name,
    link: orderLink(publicUrl, order),
  }));
  const rows = lines.map(
    (line) =>
      `<tr><td><a href="${escapeHtml(line.link)}">${line.code}</a></td><td>${escapeHtml(line.name)}</td><td align="right">${line.total}</td></tr>`,
  );
  return {
    subject: `${count}, ${total}`,
    text: `${count}, ${total}\n\n${lines.map((line) => `${line.code}   ${line.total}   ${line.name}`).join('\n')}\n`,
    html: page(count, `<p>Total ${total}</p>\n<table cellpadding="4">${rows.join('\n')}</table>`),
  };
}

/** @param body the subject, an empty line, and paragraphs */
export function alarmEmail(body: string): EmailText {
  const [subject = '', ...paragraphs] = body.split('\n\n');
  return {
    subject,
    text: `${paragraphs.join('\n\n')}\n`,
    html: page(subject, paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`).join('\n')),
  };
}
