// Owns what follows when a provider refuses a message because its recipient wants nothing from us.

import type { Kysely } from 'kysely';
import type { Database } from '../platform/database.ts';
import type { Message, Outcome } from './message.ts';
import { saveOptOut } from './opt-out-store.ts';

type Send = (message: Message) => Promise<Outcome>;

export interface HeedOptOutsDeps {
  db: Kysely<Database>;
  clock: () => Date;
  onFault: (error: unknown) => void;
}

/** Sends, and remembers whom the provider says not to send to. If that can't be written down, the next answer will say it again. */
export const heedOptOuts =
  ({ db, clock, onFault }: HeedOptOutsDeps, send: Send): Send =>
  async (message) => {
    const outcome = await send(message);
    if (outcome.kind === 'permanent' && outcome.isOptOut) {
      const remember = db.transaction().execute((trx) => saveOptOut(trx, message.recipient, 'provider', clock()));
      await remember.catch(onFault);
    }
    return outcome;
  };
