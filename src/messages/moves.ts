// Owns what may become of a message: every way in which its status changes, from which it may and to which.

import type { MessageStatus } from './message.ts';

interface Move {
  from: readonly MessageStatus[];
  to: readonly MessageStatus[];
}

const moves = {
  /** By a worker, under a lease. One that is being sent already is taken over when its lease has ended. */
  take: { from: ['queued', 'sending'], to: ['sending'] },
  /** By a limit: it waits although nothing is wrong. */
  hold: { from: ['queued'], to: ['queued'] },
  /** By what came of an attempt. */
  settle: { from: ['sending'], to: ['sent', 'failed', 'queued'] },
  /** By what became of the digest that tells of it; a digest that is sent again after all makes good a failure. */
  tellInDigest: { from: ['queued', 'failed'], to: ['sent', 'failed'] },
  /** By a delivery report, which may come before the provider's answer is written down. */
  deliver: { from: ['queued', 'sending', 'sent'], to: ['delivered'] },
  /** By a delivery report about its newest attempt. */
  fail: { from: ['sent'], to: ['failed'] },
  /** By staff, by an opt-out, or by a limit, while no worker has it. */
  cancel: { from: ['queued'], to: ['cancelled'] },
  /** By an erasure or by age, which take its text, while no worker has it: one that is being sent was left by a dead one. */
  outdate: { from: ['queued', 'sending'], to: ['cancelled'] },
} as const satisfies Record<string, Move>;

export type MessageMove = keyof typeof moves;

export const messageMoves: Readonly<Record<MessageMove, Move>> = moves;

export const mayMove = (status: MessageStatus, move: MessageMove): boolean => messageMoves[move].from.includes(status);
