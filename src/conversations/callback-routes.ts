// Owns the HTTP face towards Africa's Talking for what customers text to the shop.
//
// Source: https://developers.africastalking.com/docs/sms/notifications. Their callbacks carry no signature.

import { Type } from 'typebox';
import { callbacksPath, formCallbackSchema, received } from '../callbacks/callback-scope.ts';
import type { App } from '../platform/http.ts';
import { type ReceiveTextDeps, receiveText } from './receive-text.ts';

/** Of a sender or recipient: some are hashes. */
const maxAddressLength = 100;

export interface TextCallbackDeps extends ReceiveTextDeps {
  /** Tells the worker in this process, if there is one, that a text waits. */
  wake: () => void;
}

export function registerTextCallback(app: App, deps: TextCallbackDeps): void {
  app.post(
    `${callbacksPath('africas-talking', ':token')}/incoming`,
    {
      config: { access: 'anyone', isUncounted: true },
      schema: {
        ...formCallbackSchema,
        operationId: 'callbacks_incoming',
        tags: ['messages'],
        summary: 'Take a text from a customer',
        description:
          'STATUS, CANCEL, YES, NO, HELP, STOP or START, in English or Swahili. It is answered by SMS, in the background.',
        body: Type.Object(
          {
            id: Type.String({ minLength: 1, maxLength: 128, description: "The provider's id of the text." }),
            from: Type.String({
              minLength: 1,
              maxLength: maxAddressLength,
              description: 'A phone number, hashed where the network hides it (64 hexadecimal digits), or a name.',
            }),
            to: Type.String({ maxLength: maxAddressLength }),
            text: Type.String(),
          },
          {
            additionalProperties: true,
            examples: [{ id: '6d3f7a8e', from: '+254711000000', to: '22384', text: 'STATUS' }],
          },
        ),
      },
    },
    async (request, reply) => {
      const { id, from, to, text } = request.body;
      await receiveText(deps, { providerId: id, from, to, text });
      deps.wake();
      return reply.send(received);
    },
  );
}
