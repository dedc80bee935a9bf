// Owns the SQL of what staff did to texts, messages, channels and opt-outs: written once, never changed.

import { type Kysely, sql } from 'kysely';
import type { Language } from '../customers/customer.ts';
import type { Database, Transaction } from '../platform/database.ts';
import type { Channel } from './message.ts';

declare module '../platform/database.ts' {
  interface Database {
    notification_actions: NotificationActionsTable;
  }
}

interface NotificationActionsTable {
  id: string;
  action: TemplateAction['action'] | MessageAction['action'] | ChannelAction['action'] | OptOutAction['action'];
  template_kind: string | null;
  template_language: Language | null;
  message_id: string | null;
  channel: Channel | null;
  phone_number: string | null;
  note: string;
  new_message_id: string | null;
  actor_user_id: string;
  created_at: Date;
}

export interface TemplateAction {
  action: 'template-edited' | 'template-reset';
  /** The text it was given, or that came back. */
  text: string;
  actorUserId: string;
  createdAt: Date;
}

export async function insertTemplateAction(
  trx: Transaction,
  template: { kind: string; language: Language },
  { action, text, actorUserId, createdAt }: TemplateAction,
  id: string,
): Promise<void> {
  await trx
    .insertInto('notification_actions')
    .values({
      id,
      action,
      template_kind: template.kind,
      template_language: template.language,
      note: text,
      actor_user_id: actorUserId,
      created_at: createdAt,
    })
    .execute();
}

/** Newest first. */
export async function listTemplateActions(
  db: Kysely<Database>,
  template: { kind: string; language: Language },
  limit: number,
): Promise<TemplateAction[]> {
  const { rows } = await sql<TemplateAction>`
    select action, note as text, actor_user_id as "actorUserId", created_at as "createdAt"
    from notification_actions where template_kind = ${template.kind} and template_language = ${template.language}
    order by id desc limit ${limit}`.execute(db);
  return rows;
}

export interface MessageAction {
  id: string;
  action: 'resent' | 'cancelled' | 'acknowledged';
  messageId: string;
  /** The copy that a resend has queued. */
  newMessageId: string | null;
  note: string;
  actorUserId: string;
  createdAt: Date;
}

export async function insertMessageAction(trx: Transaction, action: MessageAction): Promise<void> {
  await trx
    .insertInto('notification_actions')
    .values({
      id: action.id,
      action: action.action,
      message_id: action.messageId,
      new_message_id: action.newMessageId,
      note: action.note,
      actor_user_id: action.actorUserId,
      created_at: action.createdAt,
    })
    .execute();
}

/** What was done to a message, and what made it, oldest first. */
export async function listMessageActions(db: Kysely<Database>, messageId: string): Promise<MessageAction[]> {
  const { rows } = await sql<MessageAction>`
    select id, action, message_id as "messageId", new_message_id as "newMessageId", note,
      actor_user_id as "actorUserId", created_at as "createdAt"
    from notification_actions where message_id = ${messageId} or new_message_id = ${messageId} order by id`.execute(db);
  return rows;
}

export interface ChannelAction {
  id: string;
  action: 'paused' | 'resumed';
  channel: Channel;
  note: string;
  actorUserId: string;
  createdAt: Date;
}

export async function insertChannelAction(trx: Transaction, action: ChannelAction): Promise<void> {
  await trx
    .insertInto('notification_actions')
    .values({
      id: action.id,
      action: action.action,
      channel: action.channel,
      note: action.note,
      actor_user_id: action.actorUserId,
      created_at: action.createdAt,
    })
    .execute();
}

export interface OptOutAction {
  id: string;
  action: 'opted-out' | 'opted-in';
  /** E.164. */
  phoneNumber: string;
  note: string;
  actorUserId: string;
  createdAt: Date;
}

export async function insertOptOutAction(trx: Transaction, action: OptOutAction): Promise<void> {
  await trx
    .insertInto('notification_actions')
    .values({
      id: action.id,
      action: action.action,
      phone_number: action.phoneNumber,
      note: action.note,
      actor_user_id: action.actorUserId,
      created_at: action.createdAt,
    })
    .execute();
}
