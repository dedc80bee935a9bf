// Owns the stand-in for the phone network: the messages, what becomes of each, and who has opted out.

import { randomBytes } from 'node:crypto';
import { measureSms } from '../phones/sms-text.ts';
import type { NewId } from '../platform/ids.ts';
import type { Callbacks } from './callbacks.ts';
import { type Faults, type ReportFault, recipientStatuses } from './faults.ts';
import type { Newest } from './newest.ts';

/** A text message as `GET /sandbox/messages` shows it. */
export interface Message {
  id: string;
  to: string;
  from: string;
  text: string;
  sent_at: string;
  /** To a phone: `sent`, then `delivered` or `failed`. From a phone: `received`. */
  status: 'sent' | 'delivered' | 'failed' | 'received';
}

/** One recipient in the gateway's answer. */
export interface Recipient {
  statusCode: number;
  number: string;
  status: string;
  cost: string;
  messageId: string;
}

export interface SmsGateway {
  /** Takes one message for one number, as the gateway's answer tells of it, unless `statusCode` is of a failure. */
  send(number: string, from: string, text: string, statusCode: number): Recipient;
  /** A text from a phone to the short code. */
  receive(phone: string, text: string): Message;
  /** The owner of the phone asks the network for no more messages: the next get 406. */
  optOut(phone: string): void;
  optIn(phone: string): void;
  listOptOuts(): string[];
}

export interface SmsGatewayDeps {
  messages: Newest<Message>;
  faults: Faults;
  callbacks: Callbacks;
  shortcode: string;
  clock: () => Date;
  newId: NewId;
  /** Called after a message has come or changed. */
  changed: () => void;
  after: (delayMs: number, action: () => void) => void;
}

const maxOptOuts = 10_000;
const defaultReports = { statuses: ['Sent', 'Success'], delay_ms: 50 } as const satisfies ReportFault;
const e164 = /^\+[1-9]\d{6,14}$/;
const lastAccepted = 102;
const safaricom = '63902';
const price = (segments: number): string => `KES ${(0.8 * segments).toFixed(4)}`;

const isOnTheWay = (status: string): boolean => ['Sent', 'Submitted', 'Buffered'].includes(status);

export function createSmsGateway(deps: SmsGatewayDeps): SmsGateway {
  const { messages, callbacks, shortcode, clock } = deps;
  const optedOut = new Set<string>();

  function accept(number: string, from: string, text: string): Message {
    const message: Message = {
      id: `ATPid_${randomBytes(16).toString('hex')}`,
      to: number,
      from,
      text,
      sent_at: clock().toISOString(),
      status: 'sent',
    };
    messages.add(message);
    deps.changed();
    const fault = deps.faults.deliveryReports.strike();
    const { statuses, delay_ms } = { ...defaultReports, ...fault };
    deps.after(delay_ms, () => deliver(message, statuses, fault?.failure_reason));
    return message;
  }

  /** The first final report is what becomes of the message; later ones are noise that the service must stand. */
  function deliver(message: Message, statuses: readonly string[], failureReason: string | undefined): void {
    const final = statuses.find((status) => !isOnTheWay(status));
    if (final) {
      message.status = final === 'Success' ? 'delivered' : 'failed';
      deps.changed();
    }
    const reports = statuses.map((status) => ({
      id: message.id,
      status,
      phoneNumber: message.to,
      networkCode: safaricom,
      retryCount: '0',
      ...(status !== 'Success' && !isOnTheWay(status) && { failureReason: failureReason ?? 'DeliveryFailure' }),
    }));
    callbacks.post('delivery', reports);
  }

  return {
    send(number, from, text, wanted) {
      const statusCode = !e164.test(number) ? 403 : optedOut.has(number) ? 406 : wanted;
      if (statusCode > lastAccepted) {
        return { statusCode, number, status: recipientStatuses[statusCode] ?? '', cost: '0', messageId: 'None' };
      }
      const cost = price(measureSms(text).segments);
      return { statusCode, number, status: 'Success', cost, messageId: accept(number, from, text).id };
    },
    receive(phone, text) {
      const now = clock();
      const message: Message = {
        id: deps.newId(now),
        to: shortcode,
        from: phone,
        text,
        sent_at: now.toISOString(),
        status: 'received',
      };
      messages.add(message);
      deps.changed();
      const date = now.toISOString().replace('T', ' ').slice(0, 19);
      const form = {
        id: message.id,
        date,
        from: phone,
        to: shortcode,
        text,
        linkId: message.id,
        cost: '0',
        networkCode: safaricom,
      };
      callbacks.post('incoming', [form]);
      return message;
    },
    optOut(phone) {
      const [oldest] = optedOut;
      if (oldest !== undefined && optedOut.size >= maxOptOuts) optedOut.delete(oldest);
      optedOut.add(phone);
      deps.changed();
      callbacks.post('opt-out', [{ senderId: shortcode, phoneNumber: phone }]);
    },
    optIn(phone) {
      optedOut.delete(phone);
      deps.changed();
    },
    listOptOuts: () => [...optedOut],
  };
}
