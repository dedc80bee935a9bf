// Owns a service whose SMS go to a gateway that answers as a test says, on a clock that the test puts forward.

import { sql } from 'kysely';
import { type Gateway, startGateway } from './gateway.ts';
import { well } from './provider-rows.ts';
import { type Service, startService } from './service.ts';
import { openShop } from './shop.ts';

export interface LedgerRow {
  id: string;
  status: string;
  ambiguous: boolean;
  failure: string | null;
  waits: number;
  outcomes: string[];
  detail: string;
}

export interface ProviderWorld {
  gateway: Gateway;
  service: Service;
  /** Puts the clock forward. */
  skip(ms: number): void;
  /** Places an order of this phone. @returns its id */
  place(phone: string): Promise<string>;
  /** What the ledger says of the SMS about an order. */
  ledgerOf(order: string): Promise<LedgerRow | undefined>;
  /** Ends what one test leaves to the next. */
  calm(): Promise<void>;
  stop(): Promise<void>;
}

/** It is half past nine in the evening in Lagos. */
export async function openProviderWorld(): Promise<ProviderWorld> {
  let skewMs = Date.parse('2026-11-26T20:30:00Z') - Date.now();
  const gateway = await startGateway();
  const service = await startService({
    environment: { AFRICA_TALKING_BASE_URL: gateway.url, SMS_LOW_CREDIT: 'KES 100' },
    clock: () => new Date(Date.now() + skewMs),
  });
  const shop = await openShop(service);
  const customer = await service.tokenFor('wanjiku');
  const product = (await shop.makeProduct()).id;
  return {
    gateway,
    service,
    skip(ms) {
      skewMs += ms;
    },
    place: async (phone) => (await shop.place(customer, [[product, 1]], { phone })).body.id,
    ledgerOf: (order) => ledgerOf(service, order),
    async calm() {
      gateway.answer(well);
      await sql`update messages set status = 'cancelled' where status = 'queued' and channel = 'sms'`.execute(
        service.db,
      );
      await service.request('POST', '/api/v1/channels/sms/resume/', { token: shop.staff });
      // A circuit that opened is closed by then.
      skewMs += 40_000;
    },
    async stop() {
      await service.stop();
      await gateway.stop();
    },
  };
}

async function ledgerOf(service: Service, order: string): Promise<LedgerRow | undefined> {
  const { rows: found } = await sql<LedgerRow>`
    select id, status, ambiguous, failure, extract(epoch from due_at - updated_at)::float8 as waits,
      array(select outcome from message_attempts where message_id = messages.id and outcome is not null order by attempt) as outcomes,
      (select detail from message_attempts where message_id = messages.id and outcome is not null
        order by attempt desc limit 1) as detail
    from messages where order_id = ${order} and channel = 'sms'`.execute(service.db);
  return found[0];
}
