// Owns the kinds of messages: for each, whom it is for, how urgent it is, whether it wants consent, and whether it may repeat.

import type { OrderStatus } from '../orders/order.ts';

/** What an SMS to the customer tells of. */
type OrderKind = `order-${OrderStatus}`;

/** An answer to what a customer texted. */
export type ReplyKind =
  | 'reply-status'
  | 'reply-cancel'
  | 'reply-help'
  | 'reply-start'
  | 'reply-stop'
  | 'reply-unknown'
  | 'reply-stranger';

/** An e-mail to staff when something needs them. */
export type AlarmKind = `alarm-${string}`;

export type MessageKind = OrderKind | ReplyKind | AlarmKind | 'new-order' | 'order-digest';

export interface KindRules {
  audience: 'customer' | 'staff';
  /** Somebody waits for it: it goes out at night. */
  isUrgent: boolean;
  /** The customer has asked for it: it goes out past the day's budget and past what their number gets in an hour. */
  isAnswer: boolean;
  /** It doesn't go to a number that wants no SMS. */
  needsConsent: boolean;
  /** There may be several about one order. What may not is written once, however often it is asked for. */
  mayRepeat: boolean;
  /** Past the rate, several to one recipient are told together in a message of this kind. */
  joinedAs?: MessageKind;
}

const toCustomer = {
  audience: 'customer',
  isUrgent: true,
  isAnswer: false,
  needsConsent: true,
  mayRepeat: false,
} as const;
const answer = { audience: 'customer', isUrgent: true, isAnswer: true, needsConsent: true, mayRepeat: true } as const;
const toStaff = { audience: 'staff', isUrgent: true, isAnswer: false, needsConsent: false, mayRepeat: true } as const;

const kinds: Readonly<Record<Exclude<MessageKind, AlarmKind>, KindRules>> = {
  'order-pending': toCustomer,
  'order-confirmed': toCustomer,
  'order-dispatched': toCustomer,
  // Waits for the morning.
  'order-completed': { ...toCustomer, isUrgent: false },
  'order-cancelled': toCustomer,
  'reply-status': answer,
  'reply-cancel': answer,
  'reply-help': answer,
  'reply-start': answer,
  // Says that no more will come.
  'reply-stop': { ...answer, needsConsent: false },
  'reply-unknown': answer,
  'reply-stranger': answer,
  'new-order': { ...toStaff, mayRepeat: false, joinedAs: 'order-digest' },
  'order-digest': toStaff,
};

const isKnown = (kind: string): kind is keyof typeof kinds => Object.hasOwn(kinds, kind);

/** Of a kind that a later release wrote, what is safe: it goes out by day, within the budget, with consent. */
const unknown: KindRules = {
  audience: 'customer',
  isUrgent: false,
  isAnswer: false,
  needsConsent: true,
  mayRepeat: true,
};

export function rulesOf(kind: string): KindRules {
  if (isKnown(kind)) return kinds[kind];
  return kind.startsWith('alarm-') ? toStaff : unknown;
}

/** Those that are told together past the rate. */
export const joinedKinds = Object.keys(kinds).filter((kind) => rulesOf(kind).joinedAs !== undefined);

/** Those that go also to a number that wants no SMS. */
export const consentFreeKinds = Object.keys(kinds).filter((kind) => !rulesOf(kind).needsConsent);
