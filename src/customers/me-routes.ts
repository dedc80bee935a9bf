// Owns what a caller is told of themselves: who their token speaks for, what it may do, and the customer that they are.

import type { Kysely } from 'kysely';
import { Type } from 'typebox';
import { callerOf, unauthenticated } from '../identity/access.ts';
import type { Identity } from '../identity/identity.ts';
import type { Database } from '../platform/database.ts';
import type { App } from '../platform/http.ts';
import { problemResponses } from '../platform/responses.ts';
import { orNull, uuid } from '../platform/shapes.ts';
import { customerJson } from './schemas.ts';
import { findCustomerByUserId } from './store.ts';

export interface MeDeps {
  db: Kysely<Database>;
  findProfile: (identity: Identity, authorization: string) => Promise<{ name: string; email: string }>;
}

const meSchema = Type.Object(
  {
    user: uuid('The identity: UUIDv5 of issuer and subject.'),
    name: Type.String({ description: 'The subject of the token where no name is known.' }),
    email: Type.String({ description: 'Empty when not known.' }),
    permissions: Type.Array(Type.String(), { description: 'What of the service’s permissions the token has.' }),
    is_machine: Type.Boolean(),
    customer: orNull(Type.Ref('Customer'), 'Null before the first order.'),
  },
  {
    $id: 'Me',
    additionalProperties: false,
    examples: [
      {
        user: 'ab22a598-0c26-528f-801b-857334163b48',
        name: 'Wanjiru Kamau',
        email: 'wanjiru@example.com',
        permissions: ['orders:read'],
        is_machine: false,
        customer: null,
      },
    ],
  },
);

export function registerMe(app: App, { db, findProfile }: MeDeps): void {
  app.addSchema(meSchema);
  app.get(
    '/api/v1/me/',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'me_read',
        tags: ['customers'],
        summary: 'Who you are, and what you may do',
        response: { 200: { description: 'You.', ...Type.Ref('Me') }, ...problemResponses(unauthenticated) },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const [profile, customer] = await Promise.all([
        findProfile(caller, request.headers.authorization ?? ''),
        findCustomerByUserId(db, caller.userId),
      ]);
      return reply.header('cache-control', 'no-store').send({
        user: caller.userId,
        name: profile.name,
        email: profile.email,
        permissions: [...caller.permissions],
        is_machine: caller.isMachine,
        customer: customer === undefined ? null : customerJson(customer),
      });
    },
  );
}
