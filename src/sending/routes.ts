// Owns the HTTP face of channels: how each stands, pausing and resuming.

import type { Kysely } from 'kysely';
import { type Static, Type } from 'typebox';
import { callerOf, forbidden, unauthenticated } from '../identity/access.ts';
import { type BacklogPart, listBacklog } from '../messages/backlog-store.ts';
import { type Channel, channels } from '../messages/message.ts';
import type { Database } from '../platform/database.ts';
import type { App } from '../platform/http.ts';
import { readInstant } from '../platform/instant.ts';
import { invalidRequest, Problem } from '../platform/problem.ts';
import { problemResponses } from '../platform/responses.ts';
import { isoOrNull, orNull, textOrNull, time, timeOrNull } from '../platform/shapes.ts';
import { type ChannelState, listChannels } from './channel-store.ts';
import { type PauseChannelDeps, pauseChannel, resumeChannel } from './pause-channel.ts';

export interface ChannelsDeps extends PauseChannelDeps {
  /** Called after a channel was resumed: what waited is due. */
  wake: () => void;
}

const tags = ['messages'];
const channelRef = Type.Ref('Channel');
const channelParams = Type.Object({ channel: Type.Enum([...channels]) });
const maxPauseMs = 31 * 24 * 60 * 60_000;

const channelSchema = Type.Object(
  {
    channel: Type.Enum([...channels]),
    paused: Type.Boolean({ description: 'While it is, messages are queued and none is sent.' }),
    paused_at: timeOrNull(),
    paused_until: timeOrNull('When one message finds out whether all is well again. Null: when somebody resumes it.'),
    reason: textOrNull(),
    paused_by: orNull(Type.Enum(['staff', 'system']), '`system` when the provider refused us: no credit, a wrong key.'),
    queued: Type.Integer({ description: 'Messages that wait to be sent, held ones included.' }),
    held: Type.Integer({ description: 'Those of them that wait although nothing is wrong, such as for the morning.' }),
    sending: Type.Integer(),
    oldest_queued_at: timeOrNull(),
  },
  {
    $id: 'Channel',
    examples: [
      {
        channel: 'sms',
        paused: true,
        paused_at: '2026-02-14T12:15:01.808Z',
        paused_until: null,
        reason: 'The text of order-confirmed is wrong',
        paused_by: 'staff',
        queued: 17,
        held: 0,
        sending: 0,
        oldest_queued_at: '2026-02-14T12:15:04.100Z',
      },
    ],
  },
);

const pauseBody = Type.Object(
  {
    reason: Type.String({ maxLength: 300, pattern: '\\S', description: 'Why, for the others.' }),
    until: Type.Optional(time('When it goes on by itself, within 31 days; else when it is resumed.')),
  },
  { additionalProperties: false, examples: [{ reason: 'The text of order-confirmed is wrong' }] },
);

export function registerChannels(app: App, deps: ChannelsDeps): void {
  app.addSchema(channelSchema);
  app.get(
    '/api/v1/channels/',
    {
      config: { access: 'notifications:read' },
      schema: {
        operationId: 'channels_list',
        tags,
        summary: 'How the channels stand',
        response: {
          200: { description: 'Each channel.', type: 'array', items: channelRef },
          ...problemResponses(unauthenticated, forbidden),
        },
      },
    },
    async (_request, reply) => reply.send(await readChannels(deps.db)),
  );

  app.post(
    '/api/v1/channels/:channel/pause/',
    {
      config: { access: 'notifications:manage' },
      schema: {
        operationId: 'channels_pause',
        tags,
        summary: 'Pause a channel',
        description:
          'No more messages are handed to the provider within a second; they queue up. A pause that is there is replaced.',
        params: channelParams,
        body: pauseBody,
        response: {
          200: { description: 'The channel, paused.', ...channelRef },
          ...problemResponses(invalidRequest, unauthenticated, forbidden),
        },
      },
    },
    async (request, reply) => {
      const { channel } = request.params;
      const { reason, until } = toPause(request.body, deps.clock());
      await pauseChannel(deps, { channel, reason, until, actorUserId: callerOf(request).userId });
      return reply.send(await readChannel(deps.db, channel));
    },
  );

  app.post(
    '/api/v1/channels/:channel/resume/',
    {
      config: { access: 'notifications:manage' },
      schema: {
        operationId: 'channels_resume',
        tags,
        summary: 'Resume a channel',
        description: 'What has queued up goes out, the oldest first. A channel that is not paused stays as it is.',
        params: channelParams,
        response: {
          200: { description: 'The channel.', ...channelRef },
          ...problemResponses(invalidRequest, unauthenticated, forbidden),
        },
      },
    },
    async (request, reply) => {
      const { channel } = request.params;
      await resumeChannel(deps, { channel, actorUserId: callerOf(request).userId });
      deps.wake();
      return reply.send(await readChannel(deps.db, channel));
    },
  );
}

/** @throws Problem invalid-request for a time that has passed, or is too far away */
function toPause(body: Static<typeof pauseBody>, now: Date): { reason: string; until: Date | null } {
  const reason = body.reason.trim();
  if (body.until === undefined) return { reason, until: null };
  const until = readInstant(body.until);
  const inMs = until.getTime() - now.getTime();
  if (inMs > 0 && inMs <= maxPauseMs) return { reason, until };
  throw new Problem(invalidRequest, 'The end of the pause is not possible.', {
    errors: [{ pointer: '/until', detail: 'must be in the future, and within 31 days' }],
  });
}

async function readChannels(db: Kysely<Database>): Promise<Static<typeof channelSchema>[]> {
  const [states, backlog] = [await listChannels(db), await listBacklog(db)];
  return states.map((state) => channelJson(state, backlog));
}

async function readChannel(db: Kysely<Database>, channel: Channel): Promise<Static<typeof channelSchema>> {
  const found = (await readChannels(db)).find((each) => each.channel === channel);
  if (!found) throw new Error(`the channel ${channel} vanished: channels are never deleted`);
  return found;
}

function channelJson({ channel, pause }: ChannelState, backlog: BacklogPart[]): Static<typeof channelSchema> {
  const parts = backlog.filter((part) => part.channel === channel);
  const queued = parts.filter((part) => part.status === 'queued');
  const count = (some: BacklogPart[]) => some.reduce((sum, part) => sum + part.count, 0);
  const oldestMs = Math.min(...queued.flatMap((part) => part.oldestCreatedAt?.getTime() ?? []));
  return {
    channel,
    paused: pause !== null,
    paused_at: isoOrNull(pause?.at ?? null),
    paused_until: isoOrNull(pause?.until ?? null),
    reason: pause?.reason ?? null,
    paused_by: pause?.by ?? null,
    queued: count(queued),
    held: count(queued.filter((part) => part.heldFor !== null)),
    sending: count(parts.filter((part) => part.status === 'sending')),
    oldest_queued_at: Number.isFinite(oldestMs) ? new Date(oldestMs).toISOString() : null,
  };
}
