// Owns which answers to customers' texts there are, and how often a number is answered.

import type { ReplyKind } from '../messages/kinds.ts';
import type { EarlierReply } from '../messages/store.ts';

const hourMs = 60 * 60_000;

/** A person gets along with fewer; two machines that answer each other are cut off. */
export const maxRepliesAnHour = 10;

/** Answers to what may be an answering machine, or nobody's business: not again within so long. */
const notAgainWithinMs: Partial<Record<ReplyKind, number>> = {
  'reply-unknown': hourMs,
  'reply-stranger': 24 * hourMs,
};

/** Answers that were given longer ago than this don't count. */
export const repliesCountForMs = 24 * hourMs;

/** @param earlier what this number was answered within `repliesCountForMs` */
export function mayReply(kind: ReplyKind, earlier: readonly EarlierReply[], now: Date): boolean {
  const since = (ms: number) => earlier.filter(({ at }) => at.getTime() > now.getTime() - ms);
  if (since(hourMs).length >= maxRepliesAnHour) return false;
  return !since(notAgainWithinMs[kind] ?? 0).some((reply) => reply.kind === kind);
}
