// Owns the facts about orders that nobody confirms, and about countries that the shop sends no SMS to.

import { afterEach, expect, test } from 'vitest';
import { eventually, type Service, type ServiceOptions, startService } from '../support/service.ts';
import { openShop } from '../support/shop.ts';

let service: Service | undefined;
afterEach(() => service?.stop());

const start = async (environment: Record<string, string>, options: ServiceOptions = {}): Promise<Service> =>
  (service = await startService({ environment, ...options }));

test('an order that is pending too long is cancelled by the system, its stock given back and the customer told', async () => {
  let aheadMs = 0;
  const clock = () => new Date(Date.now() + aheadMs);
  const running = await start({ PENDING_HOURS: '2' }, { clock });
  const shop = await openShop(running);
  const { id: product } = await shop.makeProduct({ stock: 5 });
  const customer = await running.tokenFor('wanjiku');
  const forgotten = (await shop.place(customer, [[product, 2]])).body.id;
  const confirmed = (await shop.place(customer, [[product, 1]])).body.id;
  const path = (id: string) => `/api/v1/orders/${id}/`;
  await running.request('PATCH', path(confirmed), { token: shop.staff, body: { status: 'confirmed' } });
  aheadMs = 3 * 3_600_000;
  const token = await running.tokenFor('staff');
  const fresh = (await shop.place(await running.tokenFor('wanjiku'), [[product, 1]])).body.id;
  const order = await eventually('it is cancelled', async () => {
    const { body } = await running.request('GET', `${path(forgotten)}?expand=events`, { token });
    return body.status === 'cancelled' && body;
  });
  expect(order.events.at(-1)).toMatchObject({
    status: 'cancelled',
    actor: 'system',
    note: 'Nobody has confirmed it for 2 hours.',
  });
  expect(await shop.stockOf(product)).toBe(3);
  expect((await running.request('GET', path(confirmed), { token })).body.status).toBe('confirmed');
  expect((await running.request('GET', path(fresh), { token })).body.status).toBe('pending');
  await eventually('the customer is told', async () => {
    const { body } = await running.request('GET', `/api/v1/messages/?order=${forgotten}&kind=order-cancelled`, {
      token,
    });
    return body.length === 1;
  });
});

test('an SMS to a country that the shop does not send to is written down as cancelled, and the order stands', async () => {
  const running = await start({ SMS_COUNTRIES: 'KE,UG', ADMIN_EMAILS: 'staff@agizo.test' });
  const shop = await openShop(running);
  const { id: product } = await shop.makeProduct();
  const customer = await running.tokenFor('wanjiku');
  const placed = await shop.place(customer, [[product, 1]], { phone: '+881631234567' });
  expect(placed.status).toBe(201);
  const ledger = async (order: string) =>
    (await running.request('GET', `/api/v1/messages/?order=${order}&channel=sms`, { token: shop.staff })).body;
  const [message] = await eventually('it is in the ledger', async () => {
    const messages = await ledger(placed.body.id);
    return messages.length > 0 && messages;
  });
  expect(message).toMatchObject({ status: 'cancelled', failure: 'the shop sends no SMS to this country' });
  const local = await shop.place(customer, [[product, 1]], { phone: '+256772345678' });
  await eventually('the other is sent', async () => {
    const messages = await ledger(local.body.id);
    return messages.some(({ status }: { status: string }) => status === 'sent' || status === 'delivered');
  });
});
