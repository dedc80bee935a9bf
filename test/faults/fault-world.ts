// Owns the shop in which statements fail: one service, its tasks without their loops, and requests made in the process itself.

import { createLogger } from '../../src/platform/log.ts';
import { createTasks, type Tasks } from '../../src/worker.ts';
import { type Gateway, recipient, startGateway } from '../support/gateway.ts';
import { type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

export interface FaultWorld {
  service: Service;
  shop: Shop;
  gateway: Gateway;
  /** A newcomer has not been seen yet. */
  tokens: { staff: string; customer: string; newcomer: string };
  tasks: Tasks;
  /** Moves the tasks' clock on. */
  pass(minutes: number): void;
  /** Minutes that have passed so. */
  passed(): number;
  /** Starts the tasks anew, so many minutes from now. */
  restart(passed: number): void;
  /** Runs a task until it has nothing to do. */
  work(name: string): Promise<void>;
  /** An order of a new product, placed by the customer. */
  order(): Promise<{ id: string; product: string; etag: string }>;
  /** One that the customer has cancelled, and was told so. */
  endedOrder(): Promise<{ customer: string }>;
  /** An SMS of an order that stands as it should: queued, or with what the gateway answers. */
  sms(status: 'queued' | 'sent' | 'failed'): Promise<{ id: string; phone: string; providerId: string | null }>;
  stop(): Promise<void>;
}

export const phone = '+254712345678';

export const productFile = 'sku,name,category,price,stock\nKETTLE,Kettle,Kitchen,1450,5\n';

/** A file that was looked at; answers its id. */
export async function sendProducts({ service, tokens }: Pick<FaultWorld, 'service' | 'tokens'>): Promise<string> {
  const { body } = await service.request('POST', '/api/v1/product-imports/', {
    token: tokens.staff,
    body: productFile,
    headers: { 'content-type': 'text/csv' },
  });
  return body.id;
}

export async function openFaultWorld(): Promise<FaultWorld> {
  const service = await startService({
    worker: false,
    environment: {
      PENDING_HOURS: '24',
      RETENTION_DAYS: '30',
      SMS_LOW_CREDIT: 'KES 2000',
      ADMIN_EMAILS: 'staff@agizo.test',
    },
  });
  const gateway = await startGateway();
  const shop = await openShop(service);
  const customer = await service.tokenFor('wanjiku');
  const { config, db, newId, sandbox } = service;
  let minutesPassed = 0;
  const clock = () => new Date(Date.now() + minutesPassed * 60_000);
  const start = () =>
    createTasks({
      config: { ...config, sms: { ...config.sms, baseUrl: gateway.url } },
      db,
      clock,
      nowMs: () => performance.now(),
      newId,
      logger: createLogger('silent'),
      smtpUrl: sandbox.smtpUrl,
    });

  const world: FaultWorld = {
    service,
    shop,
    gateway,
    tokens: { staff: shop.staff, customer, newcomer: await service.tokenFor('newcomer') },
    tasks: start(),
    pass: (minutes) => void (minutesPassed += minutes),
    passed: () => minutesPassed,
    restart(passed) {
      minutesPassed = passed;
      world.tasks.close();
      world.tasks = start();
    },
    async work(name) {
      while (await world.tasks.work[name]?.step()) await world.tasks.idle();
    },
    async order() {
      const product = await shop.makeProduct({ stock: 10 });
      const { body, headers } = await shop.place(customer, [[product.id, 2]]);
      return { id: body.id, product: product.id, etag: headers.get('etag') ?? '' };
    },
    async endedOrder() {
      const { id } = await world.order();
      const { body } = await service.request('DELETE', `/api/v1/orders/${id}/`, { token: customer });
      await world.work('jobs');
      gateway.answer(recipient(101, 'Success'));
      await world.work('sms');
      return { customer: body.customer.id };
    },
    async sms(status) {
      const { id } = await world.order();
      await world.work('jobs');
      gateway.answer(status === 'failed' ? recipient(403, 'InvalidPhoneNumber') : recipient(101, 'Success'));
      if (status !== 'queued') await world.work('sms');
      gateway.answer(recipient(101, 'Success'));
      const { body } = await service.request('GET', `/api/v1/messages/?order=${id}&channel=sms`, { token: shop.staff });
      const [message] = body;
      if (message?.status !== status) throw new Error(`the SMS is not ${status}: ${JSON.stringify(body)}`);
      const { body: whole } = await service.request('GET', `/api/v1/messages/${message.id}/`, { token: shop.staff });
      return { id: message.id, phone: message.recipient, providerId: whole.attempts[0]?.provider_id ?? null };
    },
    async stop() {
      world.tasks.close();
      await service.stop();
      await gateway.stop();
    },
  };
  return world;
}
