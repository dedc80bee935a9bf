// Owns what a person is given of all that is held on them: one JSON text, written while it is read.

import type { Kysely } from 'kysely';
import { listAuditEntries } from '../audit/store.ts';
import { listTextsAbout } from '../conversations/store.ts';
import type { Customer } from '../customers/customer.ts';
import { customerRecordJson } from '../customers/schemas.ts';
import { listNumbers } from '../customers/store.ts';
import type { Identity } from '../identity/identity.ts';
import { optOutJson } from '../messages/opt-out-routes.ts';
import { findOptOut } from '../messages/opt-out-store.ts';
import { listOrderIdsAfter } from '../orders/erase-store.ts';
import type { Order } from '../orders/order.ts';
import { orderJson } from '../orders/schemas.ts';
import { listOrders } from '../orders/store.ts';
import type { Database } from '../platform/database.ts';
import { isoOrNull } from '../platform/shapes.ts';
import { readTimeline } from '../timeline/read-timeline.ts';
import type { ChangeJson, CustomerDataHead, CustomerDataOrder } from './schemas.ts';

export interface ExportDeps {
  db: Kysely<Database>;
  clock: () => Date;
  /** Of the currency. */
  decimals: number;
}

const ordersAtOnce = 20;
/** Of one customer or order: more than staff ever do. */
const maxChanges = 1_000;
/** Of members of staff, who order for many, the rest are in their orders. */
const maxNumbers = 1_000;

/** @param reader who gets it @param customer undefined: nothing is held */
export async function* writeCustomerData(
  deps: ExportDeps,
  reader: Identity,
  customer: Customer | undefined,
): AsyncGenerator<string, void> {
  const head = JSON.stringify(await readHead(deps, customer));
  let before = `${head.slice(0, -1)},"orders":[`;
  if (customer) {
    for await (const order of ordersOf(deps.db, customer.userId)) {
      yield before + JSON.stringify(await readOrder(deps, reader, order));
      before = ',\n';
    }
  }
  yield before === ',\n' ? ']}\n' : `${before}]}\n`;
}

/** Oldest first. */
async function* ordersOf(db: Kysely<Database>, userId: string): AsyncGenerator<Order, void> {
  const next = (after: string | null) => listOrderIdsAfter(db, userId, after, ordersAtOnce);
  for (let ids = await next(null); ids.length > 0; ids = await next(ids.at(-1) ?? null)) {
    const orders = await listOrders(db, ids);
    yield* orders.toSorted((one, other) => (one.id < other.id ? -1 : 1));
  }
}

async function readHead({ db, clock }: ExportDeps, customer: Customer | undefined): Promise<CustomerDataHead> {
  const exported_at = clock().toISOString();
  if (!customer) return { exported_at, customer: null, sign_in: null, phone_numbers: [], opt_outs: [], changes: [] };
  const numbers = (await listNumbers(db, customer.userId)).slice(0, maxNumbers);
  const optOuts: CustomerDataHead['opt_outs'] = [];
  for (const { phoneNumber, isShared } of numbers) {
    const optOut = isShared ? undefined : await findOptOut(db, phoneNumber);
    if (optOut) optOuts.push({ ...optOutJson(optOut), phone_number: phoneNumber });
  }
  return {
    exported_at,
    customer: customerRecordJson(customer),
    sign_in: { issuer: customer.issuer, subject: customer.subject },
    phone_numbers: numbers.map(({ phoneNumber }) => phoneNumber),
    opt_outs: optOuts,
    changes: await listChanges(db, 'customer', customer.id),
  };
}

/** With what went to them, and not what told staff of it. */
async function readOrder({ db, decimals }: ExportDeps, reader: Identity, order: Order): Promise<CustomerDataOrder> {
  const events = await readTimeline(db, order, { isStaff: false, seesMessages: true });
  const texts = await listTextsAbout(db, order.id);
  return {
    ...orderJson(order, decimals, reader),
    events: events.map((event) => ({
      ...event,
      messages: event.messages.filter(({ channel }) => channel === 'sms'),
    })),
    texts: texts.map(({ sender, body, command, receivedAt, textRemovedAt }) => ({
      sender,
      text: body,
      command,
      received_at: receivedAt.toISOString(),
      text_removed_at: isoOrNull(textRemovedAt),
    })),
    changes: await listChanges(db, 'order', order.id),
  };
}

async function listChanges(db: Kysely<Database>, type: string, id: string): Promise<ChangeJson[]> {
  const entries = await listAuditEntries(db, { type, id }, maxChanges);
  return entries.map(({ action, changes, createdAt }) => ({ action, changes, created_at: createdAt.toISOString() }));
}
