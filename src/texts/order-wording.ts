// Owns what an SMS about an order says: the right template in the customer's language, filled for this order.

import { type Customer, type Language, languages } from '../customers/customer.ts';
import type { OrderStatus, OrderSummary } from '../orders/order.ts';
import { orderCode } from '../orders/order-code.ts';
import { createDateFormat, formatCallName, formatMoney } from './formatting.ts';
import type { TemplateEdit } from './store.ts';
import { builtInTexts, canFill, fillTemplate, namelessCustomer, templateKindOf } from './template.ts';

export interface Wording {
  /** @param customer undefined where the record is not at hand: then the shop's language is used */
  textOf(order: OrderSummary, status: OrderStatus, customer: Customer | undefined): string;
}

export interface WordingOptions {
  defaultLanguage: Language;
  /** IANA name. */
  timeZone: string;
  onUnusable: (template: string) => void;
}

/** For a group of orders: made once, from all that staff have written. */
export function createWording(edits: readonly TemplateEdit[], options: WordingOptions): Wording {
  const texts = new Map<string, string>();
  for (const { kind, language, text } of edits) {
    if (canFill(text)) texts.set(`${kind}/${language}`, text);
    else options.onUnusable(`${kind}/${language}`);
  }
  const dateFormats = new Map(languages.map((each) => [each, createDateFormat(each, options.timeZone)]));
  return {
    textOf(order, status, customer) {
      const language = customer?.language ?? options.defaultLanguage;
      const kind = templateKindOf(status);
      return fillTemplate(texts.get(`${kind}/${language}`) ?? builtInTexts[kind][language], {
        code: orderCode(order.number),
        total: formatMoney(order.totalMinor, order.currency),
        name: formatCallName(order.customer.name, customer?.subject) ?? namelessCustomer[language],
        date: dateFormats.get(language)?.(order.createdAt) ?? '',
      });
    },
  };
}
