// Owns the HTTP face towards Africa's Talking for what becomes of SMS: delivery reports and opt-outs.
//
// Source: https://developers.africastalking.com/docs/sms/notifications. Their callbacks carry no signature.

import type { Kysely } from 'kysely';
import { Type } from 'typebox';
import { callbacksPath, formCallbackSchema, received } from '../callbacks/callback-scope.ts';
import { phoneOfForm } from '../phones/phone.ts';
import type { Database } from '../platform/database.ts';
import type { App } from '../platform/http.ts';
import { recordNetworkOptOut } from './change-opt-outs.ts';
import { logFailure } from './log-failure.ts';
import { saveReport } from './report-store.ts';

export interface ReportCallbacksDeps {
  db: Kysely<Database>;
  clock: () => Date;
}

const tags = ['messages'];
const path = callbacksPath('africas-talking', ':token');

export function registerReportCallbacks(app: App, deps: ReportCallbacksDeps): void {
  registerDelivery(app, deps);
  registerOptOut(app, deps);
}

function registerDelivery(app: App, deps: ReportCallbacksDeps): void {
  app.post(
    `${path}/delivery`,
    {
      config: { access: 'anyone', isUncounted: true },
      schema: {
        ...formCallbackSchema,
        operationId: 'callbacks_delivery',
        tags,
        summary: 'Take a delivery report',
        description:
          'What became of an SMS. Reports may come twice, in any order, and before the message is known to have been sent: ' +
          'a final one is never replaced.',
        body: Type.Object(
          {
            id: Type.String({ minLength: 1, maxLength: 128, description: "The provider's id of the message." }),
            status: Type.String({ minLength: 1, maxLength: 40, examples: ['Success'] }),
            failureReason: Type.Optional(Type.String({ maxLength: 200 })),
          },
          {
            additionalProperties: true,
            examples: [{ id: 'ATPid_SampleTxnId123', status: 'Success', phoneNumber: '+254711000000' }],
          },
        ),
      },
    },
    async (request, reply) => {
      const { id, status, failureReason } = request.body;
      const report = { providerId: id, status, reason: failureReason || undefined };
      const failed = await saveReport(deps.db, report, deps.clock());
      if (failed) logFailure(request.log, failed);
      return reply.send(received);
    },
  );
}

function registerOptOut(app: App, deps: ReportCallbacksDeps): void {
  app.post(
    `${path}/opt-out`,
    {
      config: { access: 'anyone', isUncounted: true },
      schema: {
        ...formCallbackSchema,
        operationId: 'callbacks_opt_out',
        tags,
        summary: 'Take an opt-out',
        description: 'The owner of the phone has asked the network for no more SMS from us. A text of START undoes it.',
        body: Type.Object(
          {
            phoneNumber: Type.String({
              pattern: '^\\s*(?:\\+?[1-9]\\d{6,14}|[\\da-fA-F]{64})\\s*$',
              description: 'Hashed where the network hides it: 64 hexadecimal digits.',
            }),
          },
          { additionalProperties: true, examples: [{ senderId: '22384', phoneNumber: '+254711000000' }] },
        ),
      },
    },
    async (request, reply) => {
      await recordNetworkOptOut(deps.db, phoneOfForm(request.body.phoneNumber), deps.clock());
      return reply.send(received);
    },
  );
}
