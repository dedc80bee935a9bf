// Owns the log's line about a message that failed for good.

import type { FastifyBaseLogger } from 'fastify';
import type { FailedMessage } from './message.ts';

/** By its id it is found in the ledger, with what it says, to whom, and each attempt. */
export function logFailure(logger: FastifyBaseLogger, { id, orderId, channel, reason, sharers }: FailedMessage): void {
  const facts = { message_id: id, order_id: orderId, channel, reason, ...(sharers > 0 && { messages: sharers }) };
  logger.warn(facts, 'a message failed for good');
}
