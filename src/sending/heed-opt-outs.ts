// Owns what follows when a provider refuses a message because its recipient wants nothing from us.

import type { Kysely } from 'kysely';
import { recordNetworkOptOut } from '../messages/change-opt-outs.ts';
import type { Message, Outcome } from '../messages/message.ts';

import type { Database } from '../platform/database.ts';

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
      await recordNetworkOptOut(db, message.recipient, clock()).catch(onFault);
    }
    return outcome;
  };
