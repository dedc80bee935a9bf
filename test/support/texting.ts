// Owns a customer's phone for tests: texting the shop, and what comes of it.

import { sql } from 'kysely';
import { expect } from 'vitest';
import { eventually, type Service } from './service.ts';

export interface Placed {
  id: string;
  code: string;
}

interface Handled {
  command: string;
  order: string | null;
  answer: string | null;
  kind: string | null;
  status: string | null;
}

export interface Texting {
  /** What came of a text, by the provider's id of it. */
  handled(providerId: string): Promise<Handled>;
  /** Texts from the sandbox's phone, and what came of it. */
  text(words: string, from: string): Promise<Handled>;
  /** What the phone has got from the shop, oldest first. */
  inbox(phone: string): Promise<string[]>;
  /** The SMS about an order as the ledger has them, oldest first. */
  smsAbout(order: string): Promise<{ kind: string; status: string; failure: string | null }[]>;
}

export function textingOf(service: Service): Texting {
  const texting: Texting = {
    handled: (providerId) =>
      eventually(`the text ${providerId} is handled`, async () => {
        const { rows } = await sql<Handled>`
          select command, incoming_messages.order_id as order, messages.body as answer, kind, status
          from incoming_messages left join messages on messages.id = answer_id
          where provider_id = ${providerId} and handled_at is not null`.execute(service.db);
        return rows[0];
      }),
    async text(words, from) {
      const sent = await service.request('POST', '/sandbox/messages', { body: { from, text: words } });
      expect(sent.status).toBe(201);
      return texting.handled(sent.body.id);
    },
    async inbox(phone) {
      const { body } = await service.request('GET', `/sandbox/messages?phone=${encodeURIComponent(phone)}`);
      const messages: { from: string; text: string }[] = body;
      return messages
        .filter(({ from }) => from !== phone)
        .map((message) => message.text)
        .toReversed();
    },
    async smsAbout(order) {
      const { rows } = await sql<{ kind: string; status: string; failure: string | null }>`
        select kind, status, failure from messages where order_id = ${order} and channel = 'sms' order by id`.execute(
        service.db,
      );
      return rows;
    },
  };
  return texting;
}
