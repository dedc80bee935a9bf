// Owns staff at work on the ledger of messages, for tests.

import { expect } from 'vitest';
import { createPhones } from './phones.ts';
import { type Answer, eventually, type Service } from './service.ts';
import type { Shop } from './shop.ts';

export interface MessageJson {
  id: string;
  kind: string;
  channel: string;
  status: string;
  recipient: string;
  created_at: string;
}

interface OrderSms {
  order: string;
  code: string;
  id: string;
  phone: string;
}

export interface Ledger {
  get(path: string): Promise<Answer>;
  list(query: string): Promise<MessageJson[]>;
  act(id: string, action: string, body?: object): Promise<Answer>;
  channel(name: string, action: string, body?: object): Promise<Answer>;
  /** Makes the gateway misbehave. */
  fault(sms: object): Promise<Answer>;
  textsTo(phone: string): Promise<string[]>;
  /** Places an order and waits until its SMS stands as it should. */
  smsOf(status: RegExp, phone?: string): Promise<OrderSms>;
  failedSms(): Promise<OrderSms>;
}

export async function openLedger(service: Service, shop: Shop): Promise<Ledger> {
  const customer = await service.tokenFor('wanjiku');
  const product = (await shop.makeProduct()).id;
  const nextPhone = createPhones();
  const token = shop.staff;
  const ledger: Ledger = {
    get: (path) => service.request('GET', `/api/v1/messages/${path}`, { token }),
    async list(query) {
      const answer = await ledger.get(query);
      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
      return answer.body;
    },
    act: (id, action, body = {}) => service.request('POST', `/api/v1/messages/${id}/${action}/`, { token, body }),
    channel: (name, action, body) =>
      service.request('POST', `/api/v1/channels/${name}/${action}/`, { token, ...(body && { body }) }),
    fault: (sms) => service.request('POST', '/sandbox/faults', { body: { sms } }),
    async textsTo(phone) {
      const { body } = await service.request('GET', `/sandbox/messages?phone=${encodeURIComponent(phone)}`);
      return body.map((message: { text: string }) => message.text);
    },
    async smsOf(status, phone = nextPhone()) {
      const { body } = await shop.place(customer, [[product, 1]], { phone });
      const sms = await eventually(`an SMS that is ${status}`, async () => {
        const [found] = await ledger.list(`?order=${body.id}&channel=sms`);
        return found && status.test(found.status) && found;
      });
      return { order: body.id, code: body.code, id: sms.id, phone };
    },
    async failedSms() {
      await ledger.fault({ status_code: 403, times: 1 });
      return ledger.smsOf(/failed/);
    },
  };
  return ledger;
}
