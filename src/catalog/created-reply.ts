// Owns how requests that change the catalogue are taken: by whom, and what is answered to one that makes something and is sent again.

import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from '../identity/access.ts';
import type { Editor } from './record-edit.ts';

export const keptFor = 'for two days';

export const onceWithKey =
  'With an `Idempotency-Key` a retry gets the first answer again, and `Idempotent-Replayed: true`; a refusal is not remembered, since nothing happened.';

/** For an edit by whoever asks. */
export const edited = <Deps>(deps: Deps, request: FastifyRequest): Deps & { by: Editor } => {
  const { userId, name } = callerOf(request);
  return { ...deps, by: { userId, name } };
};

interface Created {
  etag: string;
  json: { id: string };
}

/** @param list the address of the list that it is now in */
export function sendCreated(
  reply: FastifyReply,
  list: string,
  { answer, isReplayed }: { answer: Created; isReplayed: boolean },
): FastifyReply {
  if (isReplayed) void reply.header('idempotent-replayed', 'true');
  return reply.code(201).header('location', `${list}${answer.json.id}/`).header('etag', answer.etag).send(answer.json);
}
