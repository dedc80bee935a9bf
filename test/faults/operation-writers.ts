// Owns how each operation of the API that writes is asked for, from where it begins, so that its statements can be made to fail.

import { type FaultWorld, phone, productFile, sendProducts } from './fault-world.ts';
import type { Writer } from './try-writer.ts';

export interface Request {
  as?: 'staff' | 'customer' | 'newcomer';
  params?: Record<string, string>;
  headers?: Record<string, string>;
  body?: object;
  /** Sent as a file in place of `body`. */
  csv?: string;
  /** Sent as a form in place of `body`. */
  form?: Record<string, string>;
  /** The answer to somebody who repeats it when it was done. */
  again?: number;
}

export interface OperationWriter extends Omit<Writer, 'attempt'> {
  /** Brings the shop to where the request makes sense. */
  begin: (world: FaultWorld) => Promise<Request> | Request;
}

const key = { 'idempotency-key': 'one-and-the-same' };
const note = { note: 'The customer called.' };
const text = 'Order {code} is confirmed: {total}.';

async function etagOf({ service, tokens }: FaultWorld, path: string, as: 'staff' | 'customer' = 'staff') {
  const { headers } = await service.request('GET', path, { token: tokens[as] });
  return { 'if-match': headers.get('etag') ?? '' };
}

const category = async (world: FaultWorld, title: string) => {
  const { body } = await world.service.request('POST', '/api/v1/categories/', {
    token: world.tokens.staff,
    body: { title },
  });
  return { id: body.id as string, headers: await etagOf(world, `/api/v1/categories/${body.id}/`) };
};

const product = async (world: FaultWorld) => {
  const { id } = await world.shop.makeProduct({ stock: 5 });
  return { id, headers: await etagOf(world, `/api/v1/products/${id}/`) };
};

const change = async (world: FaultWorld, path: string, body?: object) => {
  const { status } = await world.service.request('PUT', path, { token: world.tokens.staff, ...(body && { body }) });
  if (status !== 200) throw new Error(`PUT ${path}: ${status}`);
};

const template = { kind: 'order-confirmed', language: 'en' };
const templatePath = '/api/v1/message-templates/order-confirmed/en/';

/** By operation. Each is asked for by somebody who may, with all that makes a second request the same as the first. */
export const operationWriters: Readonly<Record<string, OperationWriter>> = {
  categories_create: { begin: () => ({ as: 'staff', headers: key, body: { title: 'Kitchen', code: 'KITCHEN' } }) },
  categories_update: {
    async begin(world) {
      const [{ id, headers }, parent] = [await category(world, 'Mugs'), await category(world, 'Tableware')];
      return { as: 'staff', params: { id }, headers, body: { title: 'Cups', parent: parent.id }, again: 412 };
    },
  },
  categories_partial_update: {
    async begin(world) {
      const { id, headers } = await category(world, 'Lamps');
      return { as: 'staff', params: { id }, headers, body: { title: 'Lights' }, again: 412 };
    },
  },
  categories_delete: {
    async begin(world) {
      const { id, headers } = await category(world, 'Fax machines');
      return { as: 'staff', params: { id }, headers, again: 404 };
    },
  },

  products_create: {
    begin: ({ shop }) => ({
      as: 'staff',
      headers: key,
      body: { name: 'Solar lamp', price: 900, category: shop.category, sku: 'LAMP', stock: 7 },
    }),
  },
  products_update: {
    async begin(world) {
      const { id, headers } = await product(world);
      const body = { name: 'Steel mug', price: 300, category: world.shop.category, stock: 4 };
      return { as: 'staff', params: { id }, headers, body, again: 412 };
    },
  },
  products_partial_update: {
    async begin(world) {
      const { id, headers } = await product(world);
      return { as: 'staff', params: { id }, headers, body: { name: 'Blue mug', price: 250, stock: 9 }, again: 412 };
    },
  },
  products_delete: {
    async begin(world) {
      const { id, headers } = await product(world);
      return { as: 'staff', params: { id }, headers, again: 404 };
    },
  },

  product_imports_create: { begin: () => ({ as: 'staff', headers: key, csv: productFile }) },
  product_imports_apply: {
    begin: async (world) => ({ as: 'staff', headers: key, params: { id: await sendProducts(world) } }),
  },

  customers_me_read: { begin: () => ({ as: 'newcomer' }) },
  customers_me_partial_update: {
    async begin(world) {
      const headers = await etagOf(world, '/api/v1/customers/me/', 'customer');
      return { as: 'customer', headers, body: { address: 'Moi Avenue 7', language: 'sw' }, again: 412 };
    },
  },

  customers_me_delete: {
    async begin(world) {
      await world.endedOrder();
      return { as: 'customer' };
    },
  },
  customers_delete: {
    async begin(world) {
      return { as: 'staff', params: { id: (await world.endedOrder()).customer } };
    },
  },

  orders_bulk: {
    async begin(world) {
      const { id } = await world.order();
      return { as: 'staff', headers: key, body: { ids: [id], status: 'confirmed' } };
    },
  },
  orders_notes_create: {
    async begin(world) {
      const { id } = await world.order();
      return { as: 'staff', headers: key, params: { id }, body: { text: 'Asked to be called after six.' } };
    },
  },
  orders_create: {
    async begin({ shop }) {
      const { id } = await shop.makeProduct({ stock: 5 });
      return { as: 'customer', headers: key, body: { items: [{ product: id, quantity: 2 }], phone_number: phone } };
    },
  },
  orders_partial_update: {
    async begin(world) {
      const { id, etag } = await world.order();
      return {
        as: 'staff',
        params: { id },
        headers: { 'if-match': etag },
        body: { status: 'confirmed', ...note },
        again: 412,
      };
    },
  },
  orders_delete: {
    async begin(world) {
      const { id, etag } = await world.order();
      return { as: 'customer', params: { id }, headers: { 'if-match': etag }, again: 412 };
    },
  },

  messages_resend: {
    begin: async (world) => ({ as: 'staff', params: { id: (await world.sms('failed')).id }, body: note }),
  },
  messages_cancel: {
    begin: async (world) => ({ as: 'staff', params: { id: (await world.sms('queued')).id }, body: note }),
  },
  messages_acknowledge: {
    begin: async (world) => ({ as: 'staff', params: { id: (await world.sms('failed')).id }, body: note }),
  },

  opt_outs_update: {
    async begin(world) {
      await world.sms('queued');
      return { as: 'staff', params: { phone }, body: note };
    },
  },
  opt_outs_delete: {
    async begin(world) {
      await change(world, `/api/v1/opt-outs/${phone}/`, note);
      return { as: 'staff', params: { phone } };
    },
  },

  message_templates_update: { begin: () => ({ as: 'staff', params: template, body: { text } }) },
  message_templates_delete: {
    async begin(world) {
      await change(world, templatePath, { text });
      return { as: 'staff', params: template };
    },
  },
  message_templates_preview: { begin: () => ({ as: 'staff', params: template, body: { text } }), transactions: 0 },

  channels_pause: {
    begin: () => ({ as: 'staff', params: { channel: 'sms' }, body: { reason: 'The account is being moved.' } }),
  },
  channels_resume: {
    async begin({ service, tokens }) {
      const body = { reason: 'The account is being moved.' };
      await service.request('POST', '/api/v1/channels/sms/pause/', { token: tokens.staff, body });
      return { as: 'staff', params: { channel: 'sms' } };
    },
  },

  callbacks_delivery: {
    async begin(world) {
      const { providerId } = await world.sms('sent');
      return { form: { id: providerId ?? '', status: 'Failed', failureReason: 'UserInBlacklist' } };
    },
  },
  callbacks_opt_out: { begin: () => ({ form: { phoneNumber: phone } }) },
  callbacks_incoming: { begin: () => ({ form: { id: 'a-text', from: phone, to: '22384', text: 'STATUS' } }) },
};
