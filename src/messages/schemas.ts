// Owns the shapes of the ledger on the wire, and how messages and their attempts become JSON.

import { type Static, Type } from 'typebox';
import type { AuditEntry } from '../audit/store.ts';
import { orderCode } from '../orders/order-code.ts';
import { isoOrNull, orNull, textOrNull, time, timeOrNull, uuid, uuidOrNull } from '../platform/shapes.ts';
import { messageActions } from './change-message.ts';
import type { Attempt, LedgerMessage } from './ledger-store.ts';
import { channels, heldForReasons, messageStatuses, outcomeKinds } from './message.ts';

const exampleMessage = {
  id: '0198c3c5-7f30-7d21-a3c5-6f2f6f0f9d10',
  channel: 'sms' as const,
  kind: 'order-pending',
  order: '0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b11',
  order_code: 'YCM9SZW4',
  recipient: '+254712345678',
  text: 'Dear Wanjiru Kamau, we have your order YCM9SZW4, total KES 1,450. We will text you when it is confirmed. Thank you!',
  status: 'sent' as const,
  needs_attention: false,
  failure: null,
  ambiguous: false,
  attempt_count: 1,
  due_at: null,
  held_for: null,
  digest: null,
  copy_of: null,
  copied_as: null,
  acknowledged_at: null,
  text_removed_at: null,
  created_at: '2026-02-14T12:15:01.820Z',
  updated_at: '2026-02-14T12:15:02.011Z',
};

export const costSchema = Type.Object(
  { amount: Type.Number(), currency: Type.String() },
  { description: 'As the provider charges it, in its own currency.' },
);

export const attemptSchema = Type.Object({
  attempt: Type.Integer(),
  started_at: time('When it was handed to the provider.'),
  ended_at: timeOrNull('Null while it lasts, and for ever if the worker died in it.'),
  outcome: orNull(Type.Enum([...outcomeKinds]), 'What came of it. `ambiguous`: nobody knows whether it went out.'),
  detail: Type.String({ description: 'In the words of the provider.' }),
  provider_id: textOrNull('By which the provider knows it.'),
  cost: orNull(costSchema),
  report: textOrNull('The last delivery report, in the words of the provider.'),
  report_reason: textOrNull(),
  reported_at: timeOrNull('When it came.'),
});

const actionSchema = Type.Object({
  action: Type.Enum([...messageActions]),
  user: uuid('Who did it, as `customer.user`.'),
  note: Type.String(),
  message: uuid('The message it was done to: this one, or the one that this is a copy of.'),
  new_message: uuidOrNull('The copy that was queued.'),
  created_at: time('When.'),
});

export const messageSchema = Type.Object(
  {
    id: uuid(''),
    channel: Type.Enum([...channels]),
    kind: Type.String({ description: 'What it tells of: `order-pending`, `order-confirmed` …, `new-order` to staff.' }),
    order: uuidOrNull('The order that it is about.'),
    order_code: textOrNull(),
    recipient: Type.String({
      description: 'A phone number in E.164, or an e-mail address; `erased` where its customer was.',
    }),
    text: Type.String({ description: 'What an SMS says. Empty for an e-mail, which is made when it is sent.' }),
    status: Type.Enum([...messageStatuses]),
    needs_attention: Type.Boolean({
      description: 'It failed for good, and nobody has taken note of it or sent it again.',
    }),
    failure: textOrNull('Why it failed or was cancelled.'),
    ambiguous: Type.Boolean({ description: 'An attempt ended without anybody knowing: it may have arrived twice.' }),
    attempt_count: Type.Integer(),
    due_at: timeOrNull('While it is queued: when it is to be sent.'),
    held_for: orNull(Type.Enum([...heldForReasons]), 'Why it waits although nothing is wrong.'),
    digest: uuidOrNull('The e-mail that it is told in together with others; it shares its fate.'),
    copy_of: uuidOrNull('The message that staff had sent again as this one.'),
    copied_as: uuidOrNull('The message that this one was sent again as.'),
    acknowledged_at: timeOrNull('When somebody took note that it failed.'),
    text_removed_at: timeOrNull(
      'When its text and what the provider answered were removed: by age (`RETENTION_DAYS`), or with its customer.',
    ),
    created_at: time('When it was queued.'),
    updated_at: time('When it last changed.'),
    attempts: Type.Optional(Type.Array(attemptSchema, { description: 'Oldest first. In answers about one message.' })),
    actions: Type.Optional(
      Type.Array(actionSchema, { description: 'What staff did to it, oldest first. In answers about one message.' }),
    ),
  },
  {
    $id: 'Message',
    examples: [
      {
        ...exampleMessage,
        attempts: [
          {
            attempt: 1,
            started_at: '2026-02-14T12:15:01.900Z',
            ended_at: '2026-02-14T12:15:02.011Z',
            outcome: 'accepted' as const,
            detail: '101 Success',
            provider_id: 'ATXid_7c2a5b1d9f3e4a60',
            cost: { amount: 0.8, currency: 'KES' },
            report: null,
            report_reason: null,
            reported_at: null,
          },
        ],
        actions: [],
      },
    ],
  },
);

export type MessageJson = Static<typeof messageSchema>;

export const noteBody = Type.Object(
  { note: Type.Optional(Type.String({ maxLength: 500, description: 'Why, for those who ask later.' })) },
  { additionalProperties: false, examples: [{ note: 'She called: nothing has arrived' }] },
);

/** @param orderNumber of the order that it is about */
export function messageJson(message: LedgerMessage, orderNumber: number | undefined): MessageJson {
  return {
    id: message.id,
    channel: message.channel,
    kind: message.kind,
    order: message.orderId,
    order_code: orderNumber === undefined ? null : orderCode(orderNumber),
    recipient: message.recipient,
    text: message.body,
    status: message.status,
    needs_attention: message.status === 'failed' && message.acknowledgedAt === null && message.digestId === null,
    failure: message.failure,
    ambiguous: message.ambiguous,
    attempt_count: message.attempts,
    due_at: message.status === 'queued' ? message.dueAt.toISOString() : null,
    held_for: message.heldFor,
    digest: message.digestId,
    copy_of: message.copyOf,
    copied_as: message.copiedAs,
    acknowledged_at: isoOrNull(message.acknowledgedAt),
    text_removed_at: isoOrNull(message.textRemovedAt),
    created_at: message.createdAt.toISOString(),
    updated_at: message.updatedAt.toISOString(),
  };
}

export const attemptJson = (attempt: Attempt): Static<typeof attemptSchema> => ({
  attempt: attempt.attempt,
  started_at: attempt.startedAt.toISOString(),
  ended_at: isoOrNull(attempt.endedAt),
  outcome: attempt.outcome,
  detail: attempt.detail,
  provider_id: attempt.providerId,
  cost: attempt.cost && { amount: Number(attempt.cost.amount), currency: attempt.cost.currency },
  report: attempt.report,
  report_reason: attempt.reportReason,
  reported_at: isoOrNull(attempt.reportedAt),
});

/** @param entries of the audit trail, newest first */
export const actionsJson = (entries: readonly AuditEntry[]): NonNullable<MessageJson['actions']> =>
  entries.toReversed().map(({ action, subject, note, changes, actorUserId, createdAt }) => ({
    action: action as (typeof messageActions)[number],
    user: actorUserId,
    note,
    message: subject.id,
    new_message: (changes['copied_as']?.[1] as string | undefined) ?? null,
    created_at: createdAt.toISOString(),
  }));
