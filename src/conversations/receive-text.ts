// Owns the taking of a text: written down once, with the job that handles it.

import type { Kysely } from 'kysely';
import { phoneOfForm } from '../phones/phone.ts';
import type { Database } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import { enqueueJobs } from '../platform/jobs.ts';
import { cutText } from '../platform/text.ts';
import { visibleText } from '../writing/visible-text.ts';
import { smsReceived } from './answer-sms.ts';
import { insertIncoming } from './store.ts';

export interface ReceiveTextDeps {
  db: Kysely<Database>;
  clock: () => Date;
  newId: NewId;
}

/** As the provider calls it back. */
export interface ReceivedText {
  providerId: string;
  from: string;
  to: string;
  text: string;
}

const maxTextLength = 1_600;

/** A text that the provider has called back before changes nothing. */
export async function receiveText(deps: ReceiveTextDeps, { providerId, from, to, text }: ReceivedText): Promise<void> {
  const now = deps.clock();
  const id = deps.newId(now);
  const body = visibleText(cutText(text, maxTextLength));
  const incoming = { id, providerId, sender: phoneOfForm(from), recipient: to, body };
  await deps.db.transaction().execute(async (trx) => {
    if (await insertIncoming(trx, incoming, now)) await enqueueJobs(trx, [smsReceived(id)], now);
  });
}
