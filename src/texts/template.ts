// Owns the texts of SMS to customers: the built-in ones, what may be put into them, and how they are filled and judged.

import type { Language } from '../customers/customer.ts';
import { maxTotalMinor, type OrderStatus, orderStatuses } from '../orders/order.ts';
import { measureSms, type SmsMeasure } from '../phones/sms-text.ts';
import type { FieldError } from '../platform/problem.ts';
import { createDateFormat, formatMoney, maxCallNameLength } from './formatting.ts';

export type TemplateKind = `order-${OrderStatus}`;

export const templateKindOf = (status: OrderStatus): TemplateKind => `order-${status}`;

export const templateKinds: readonly TemplateKind[] = orderStatuses.map(templateKindOf);

/** What stands in a text as `{code}`. */
export const placeholders = ['code', 'total', 'name', 'date'] as const;

export type Placeholder = (typeof placeholders)[number];

export type TemplateValues = Readonly<Record<Placeholder, string>>;

/** Without the code a customer of two orders can't tell which one is meant. */
export const requiredPlaceholders: readonly Placeholder[] = ['code'];

/** What a customer is called whose name isn't known. */
export const namelessCustomer: Record<Language, string> = { en: 'customer', sw: 'mteja' };

/** One segment each, whatever is put in. */
export const builtInTexts: Record<TemplateKind, Record<Language, string>> = {
  'order-pending': {
    en: 'Dear {name}, we have your order {code}, total {total}. We will text you when it is confirmed. Thank you!',
    sw: 'Mpendwa {name}, tumepokea agizo lako {code}, jumla {total}. Tutakujulisha litakapothibitishwa. Asante!',
  },
  'order-confirmed': {
    en: 'Dear {name}, your order {code} ({total}) is confirmed. We will text you when it is on its way.',
    sw: 'Mpendwa {name}, agizo lako {code} ({total}) limethibitishwa. Tutakujulisha likiwa njiani.',
  },
  'order-dispatched': {
    en: 'Dear {name}, your order {code} is on its way.',
    sw: 'Mpendwa {name}, agizo lako {code} liko njiani.',
  },
  'order-completed': {
    en: 'Dear {name}, your order {code} is complete. Thank you for shopping with us!',
    sw: 'Mpendwa {name}, agizo lako {code} limekamilika. Asante kwa kununua kwetu!',
  },
  'order-cancelled': {
    en: 'Dear {name}, your order {code} ({total}) is cancelled. Nothing will be sent.',
    sw: 'Mpendwa {name}, agizo lako {code} ({total}) limeghairiwa. Hakuna kitakachotumwa.',
  },
};

export const maxTemplateLength = 640;
/** A text longer than this is a letter, and costs like one for every customer. */
export const maxSegments = 4;

const slot = /\{([^{}]*)\}/g;

const isPlaceholder = (name: string): name is Placeholder => placeholders.some((known) => known === name);

const slotsOf = (text: string): Set<string> => new Set([...text.matchAll(slot)].map((match) => match[1] ?? ''));

/** False for a text that an earlier version took, with a placeholder that there is no more. */
export const canFill = (text: string): boolean => [...slotsOf(text)].every(isPlaceholder);

/** The text with values in the place of its placeholders. One that is not known stays as it is. */
export const fillTemplate = (text: string, values: TemplateValues): string =>
  text.replace(slot, (whole, name: string) => (isPlaceholder(name) ? values[name] : whole));

/** Everything that is wrong with a text, for the field `/text`; empty when it can be used. */
export function templateErrors(text: string): FieldError[] {
  const named = slotsOf(text);
  const known = placeholders.map((name) => `{${name}}`).join(', ');
  const details = [
    ...[...named]
      .filter((name) => !isPlaceholder(name))
      .map((name) => `{${name}} is not a placeholder; there are ${known}`),
    ...requiredPlaceholders.filter((name) => !named.has(name)).map((name) => `{${name}} is missing`),
    ...(/[{}]/.test(text.replace(slot, '')) ? ['has a { or } that is not part of a placeholder'] : []),
    // oxlint-disable-next-line no-control-regex -- they are what must not be sent
    ...(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/.test(text) ? ['has a control character'] : []),
  ];
  const { segments } = measureSms(fillTemplate(text, longestValues('en', 'KES')));
  if (segments > maxSegments) {
    details.push(`can be as long as ${segments} segments; ${maxSegments} is the most`);
  }
  return details.map((detail) => ({ pointer: '/text', detail }));
}

export interface TemplatePreview extends SmsMeasure {
  text: string;
}

/** What a customer might read, and the longest that it can become. */
export function previewTemplate(
  text: string,
  language: Language,
  currency: string,
): { sample: TemplatePreview; longest: TemplatePreview } {
  const filled = (values: TemplateValues): TemplatePreview => {
    const result = fillTemplate(text, values);
    return { text: result, ...measureSms(result) };
  };
  return { sample: filled(sampleValues(language, currency)), longest: filled(longestValues(language, currency)) };
}

const sampleCode = 'YCM9SZW4';

const sampleValues = (language: Language, currency: string): TemplateValues => ({
  code: sampleCode,
  total: formatMoney(145_000, currency),
  name: 'Wanjiku Kamau',
  date: createDateFormat(language, 'UTC')(new Date('2026-02-14T12:00:00Z')),
});

const longestValues = (language: Language, currency: string): TemplateValues => ({
  code: sampleCode,
  total: formatMoney(maxTotalMinor - 1, currency),
  name: 'W'.repeat(maxCallNameLength),
  date: createDateFormat(language, 'UTC')(new Date('2026-12-31T12:00:00Z')),
});
