// Owns what a customer's text does: the same use cases as over the API, and an answer in the ledger.

import type { Language } from '../customers/customer.ts';
import { findCustomer, listUserIdsByPhone } from '../customers/store.ts';
import type { ReplyKind } from '../messages/kinds.ts';
import { foreignReason } from '../messages/message.ts';
import { deleteOptOut, saveOptOut } from '../messages/opt-out-store.ts';
import { insertMessages, listReplies } from '../messages/store.ts';
import { changeStatusIn } from '../orders/change-status.ts';
import { allowedMoves, isLast, type OrderSummary } from '../orders/order.ts';
import type { OrderListeners } from '../orders/order-changed.ts';
import { orderCode } from '../orders/order-code.ts';
import { findOrderByNumber, findOrderSummary, listSummariesOfUsers } from '../orders/store.ts';
import { isHashedPhone } from '../phones/phone.ts';
import type { Transaction } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import type { Job, JobHandler, NewJob } from '../platform/jobs.ts';
import { Problem } from '../platform/problem.ts';
import { formatMoney } from '../texts/formatting.ts';
import { type OrderWords, type ReplyTexts, replyTexts } from './reply-texts.ts';
import { type CommandName, type OrderReference, parseSmsCommand } from './sms-command.ts';
import { mayReply, repliesCountForMs } from './sms-reply.ts';
import {
  type IncomingMessage,
  lockIncoming,
  saveHandled,
  savePendingCancellation,
  takePendingCancellation,
} from './store.ts';

export interface AnswerSmsDeps {
  /** Whether the shop sends SMS to the country of a number. */
  maySend: (phoneNumber: string) => boolean;
  /** Ours: what comes from there is our own voice. */
  shortcode: string;
  defaultLanguage: Language;
  clock: () => Date;
  newId: NewId;
  listeners: OrderListeners;
}

/** The job that handles a text, queued in the transaction that writes it down. */
export const smsReceived = (incomingId: string): NewJob => ({ kind: 'sms-received', payload: { id: incomingId } });

const confirmMinutes = 15;
/** A phone's orders before these are found by their code alone. */
const maxOrders = 20;
const maxUsersOfPhone = 50;
const maxCodesToChoose = 5;
const e164 = /^\+[1-9]\d{6,14}$/;

interface Conversation {
  trx: Transaction;
  deps: AnswerSmsDeps;
  now: Date;
  phone: string;
  /** Placed with this phone, newest first. */
  orders: readonly OrderSummary[];
  texts: ReplyTexts;
}

interface Answer {
  reply?: { kind: ReplyKind; text: string };
  order?: OrderSummary | undefined;
}

/** Handles `sms-received`. Whatever the text is, it is handled once. */
export const answerSms =
  (deps: AnswerSmsDeps): JobHandler =>
  async (trx, job) => {
    const incoming = await lockIncoming(trx, readPayload(job));
    if (!incoming) return;
    const now = deps.clock();
    const { id, sender: phone, body } = incoming;
    if (isHashedPhone(phone)) return handleHidden(trx, deps, incoming);
    if (!e164.test(phone) || phone === deps.shortcode) {
      return saveHandled(trx, id, { command: 'ignored', orderId: undefined, answerId: undefined }, now);
    }
    const parsed = parseSmsCommand(body);
    const command = parsed === 'unclear-stop' ? undefined : parsed;
    const orders = await listOrdersOfPhone(trx, phone);
    const texts = replyTexts[(await languageOf(trx, orders[0])) ?? command?.language ?? deps.defaultLanguage];
    const conversation: Conversation = { trx, deps, now, phone, orders, texts };
    const { reply, order } =
      parsed === 'unclear-stop'
        ? say('reply-help', texts.stopWhat)
        : await answer(conversation, command?.name, command?.order ?? { kind: 'none' });

    const earlier = await listReplies(trx, phone, new Date(now.getTime() - repliesCountForMs));
    const answerId = reply && mayReply(reply.kind, earlier, now) ? deps.newId(now) : undefined;
    if (reply && answerId !== undefined) {
      const refusedFor = deps.maySend(phone) ? undefined : foreignReason;
      const message = {
        id: answerId,
        orderId: order?.id ?? null,
        channel: 'sms',
        recipient: phone,
        refusedFor,
      } as const;
      await insertMessages(trx, [{ ...message, kind: reply.kind, body: reply.text }], now);
    }
    await saveHandled(trx, id, { command: command?.name ?? 'unknown', orderId: order?.id, answerId }, now);
  };

/**
 * From a number that the network hides: nobody can be answered, and no order found. What it wants is written down for staff,
 * and that it wants no SMS is kept under the hash.
 */
async function handleHidden(
  trx: Transaction,
  { clock }: AnswerSmsDeps,
  { id, sender, body }: IncomingMessage,
): Promise<void> {
  const now = clock();
  const command = parseSmsCommand(body);
  const name = command === undefined || command === 'unclear-stop' ? 'unknown' : command.name;
  if (name === 'stop') await saveOptOut(trx, sender, 'sms', now);
  if (name === 'start') await deleteOptOut(trx, sender);
  await saveHandled(trx, id, { command: name, orderId: undefined, answerId: undefined }, now);
}

function readPayload(job: Job): string {
  const { id } = job.payload as { id?: unknown };
  if (typeof id === 'string') return id;
  throw new Error('not the payload of an sms-received job');
}

async function listOrdersOfPhone(trx: Transaction, phone: string): Promise<OrderSummary[]> {
  const userIds = await listUserIdsByPhone(trx, phone, maxUsersOfPhone);
  const orders = await listSummariesOfUsers(trx, userIds, { phonePrefix: phone }, maxOrders);
  return orders.filter((order) => order.customer.phoneNumber === phone);
}

/** What the customer has chosen. Where they haven't, the word that they text shows it. */
async function languageOf(trx: Transaction, latest: OrderSummary | undefined): Promise<Language | null | undefined> {
  return latest && (await findCustomer(trx, latest.customer.id))?.language;
}

/** @param name undefined where the text was not understood */
async function answer(
  conversation: Conversation,
  name: CommandName | undefined,
  reference: OrderReference,
): Promise<Answer> {
  const { trx, phone, now, orders, texts } = conversation;
  if (name === 'stop') {
    const isNews = await saveOptOut(trx, phone, 'sms', now);
    return isNews ? say('reply-stop', texts.stopped) : {};
  }
  if (name === 'start' && (await deleteOptOut(trx, phone))) return say('reply-start', texts.started);
  if (orders.length === 0) return say('reply-stranger', texts.stranger);
  if (name === 'status') return tellStatus(conversation, reference);
  if (name === 'cancel') return askToConfirm(conversation, reference);
  if (name === 'yes') return cancel(conversation, reference);
  if (name === 'no') return keep(conversation);
  if (name === undefined) return say('reply-unknown', texts.unknown);
  return say('reply-help', texts.help);
}

const say = (kind: ReplyKind, text: string, order?: OrderSummary): Answer => ({ reply: { kind, text }, order });

const wordsFor = (order: OrderSummary): OrderWords => ({
  code: orderCode(order.number),
  total: formatMoney(order.totalMinor, order.currency),
  status: order.status,
});

/** The order that the text names, or what to say where it names none of this phone's. */
async function findNamed(
  { trx, phone, texts }: Conversation,
  reference: OrderReference,
): Promise<OrderSummary | string | undefined> {
  if (reference.kind === 'none') return undefined;
  if (reference.kind === 'misread') return texts.misread(reference.text);
  const order = await findOrderByNumber(trx, reference.number);
  return order?.customer.phoneNumber === phone ? order : texts.notYours(orderCode(reference.number));
}

async function tellStatus(conversation: Conversation, reference: OrderReference): Promise<Answer> {
  const named = await findNamed(conversation, reference);
  if (typeof named === 'string') return say('reply-status', named);
  const order = named ?? conversation.orders[0];
  if (!order) return {};
  const others = named ? 0 : conversation.orders.length - 1;
  return say('reply-status', conversation.texts.status(wordsFor(order), others), order);
}

async function askToConfirm(conversation: Conversation, reference: OrderReference): Promise<Answer> {
  const { trx, texts, orders, phone, now } = conversation;
  const named = await findNamed(conversation, reference);
  if (typeof named === 'string') return say('reply-cancel', named);
  const mayCancel = (each: OrderSummary) => allowedMoves(each.status, 'customer').includes('cancelled');
  const cancellable = named ? [named] : orders.filter(mayCancel);
  if (cancellable.length > 1) {
    const codes = cancellable.slice(0, maxCodesToChoose).map((each) => orderCode(each.number));
    return say('reply-cancel', texts.whichToCancel(codes));
  }
  const order = cancellable[0] ?? orders.find((each) => !isLast(each.status));
  if (!order) return say('reply-cancel', texts.nothingToCancel);
  if (!mayCancel(order)) return say('reply-cancel', texts.cantCancel(wordsFor(order)), order);
  await savePendingCancellation(trx, phone, order.id, new Date(now.getTime() + confirmMinutes * 60_000));
  return say('reply-cancel', texts.confirmCancel(wordsFor(order), confirmMinutes), order);
}

/** Says nothing where it succeeds: the SMS that the order is cancelled is the answer. */
async function cancel(conversation: Conversation, reference: OrderReference): Promise<Answer> {
  const { trx, deps, phone, now, texts } = conversation;
  const orderId = await takePendingCancellation(trx, phone, now);
  const order = orderId === undefined ? undefined : await findOrderSummary(trx, orderId);
  if (!order) return say('reply-cancel', texts.nothingToConfirm);
  if (reference.kind === 'number' && reference.number !== order.number) return askToConfirm(conversation, reference);
  try {
    const author = { actor: 'customer', via: 'sms', phoneNumber: phone } as const;
    return { order: await changeStatusIn(trx, deps, { orderId: order.id, to: 'cancelled', author }) };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return say('reply-cancel', texts.cantCancel(wordsFor((await findOrderSummary(trx, order.id)) ?? order)), order);
  }
}

async function keep({ trx, phone, now, texts }: Conversation): Promise<Answer> {
  const orderId = await takePendingCancellation(trx, phone, now);
  const order = orderId === undefined ? undefined : await findOrderSummary(trx, orderId);
  return order ? say('reply-cancel', texts.kept(wordsFor(order)), order) : say('reply-cancel', texts.nothingToConfirm);
}
