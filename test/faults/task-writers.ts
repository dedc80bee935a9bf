// Owns what each task of the worker and each kind of job finds to do, so that its statements can be made to fail.

import { sql } from 'kysely';
import { expect } from 'vitest';
import { localMinute } from '../../src/platform/local-minute.ts';
import { callBack } from '../support/callbacks.ts';
import { recipient } from '../support/gateway.ts';
import { type FaultWorld, phone, sendProducts } from './fault-world.ts';
import type { Writer } from './try-writer.ts';

export interface TaskWriter extends Omit<Writer, 'attempt'> {
  /** The name of the task, where the case is called something else. */
  task?: string;
  begin: (world: FaultWorld) => Promise<void>;
}

/** A worker tells nobody how it went. It comes again later, when leases and pauses have ended. */
export function runningTask(world: FaultWorld, name: string): Pick<Writer, 'attempt' | 'reset'> {
  const began = world.passed();
  return {
    reset: () => world.restart(began),
    async attempt() {
      await world.tasks.work[name]?.step().catch(() => undefined);
      await world.tasks.idle();
      world.pass(20);
    },
  };
}

/** A job that failed says so in its own row, and one that is done is gone. */
const job: Pick<TaskWriter, 'omitted' | 'ends'> = {
  omitted: { jobs: ['attempts', 'last_error', 'run_at'] },
  ends: (end) => expect(rowsOf(end, 'jobs')).toEqual([]),
};

/** By kind. */
export const jobWriters: Readonly<Record<string, TaskWriter>> = {
  'orders-changed': { begin: async (world) => void (await world.order()), ...job },
  'sms-received': {
    async begin(world) {
      await world.order();
      await world.work('jobs');
      const { status } = await callBack(world.service, 'incoming', {
        id: 'one',
        from: phone,
        to: '22384',
        text: 'CANCEL',
      });
      expect(status).toBe(200);
    },
    ...job,
    ends(end) {
      job.ends?.(end);
      expect(rowsOf(end, 'incoming_messages')).toMatchObject([{ command: 'cancel', handled_at: 'new time' }]);
    },
  },
  // Its last piece, which is about the customer's number.
  'customer-erased': {
    async begin(world) {
      const { service, tokens } = world;
      const { customer } = await world.endedOrder();
      await service.request('DELETE', `/api/v1/customers/${customer}/`, { token: tokens.staff });
      const isLast = async () =>
        (await sql`select from jobs where payload ->> 'part' = 'numbers'`.execute(service.db)).rows.length > 0;
      while (!(await isLast())) {
        await world.tasks.work['jobs']?.step();
        world.pass(1);
      }
    },
    ...job,
  },
};

/** In minutes from now, by the clock of the shop: far from midnight. */
const noonTomorrow = (timeZone: string): number => 36 * 60 - localMinute(new Date(), timeZone);

const rowsOf = (end: string, table: string): Record<string, unknown>[] =>
  end.split('\n').flatMap((row) => (row.startsWith(`${table} {`) ? [JSON.parse(row.slice(table.length + 1))] : []));

/**
 * What is claimed and then lost may have gone out: it goes once more, and what came of it is counted once. What came of it is
 * written down as soon as the database is back, and it doesn't go again.
 */
const carriedOut =
  (channel: string): NonNullable<TaskWriter['holds']> =>
  (end, { statement, fault }) => {
    const [message] = rowsOf(end, 'messages').filter((each) => each['channel'] === channel);
    expect(message?.['status']).toBe('sent');
    const attempts = rowsOf(end, 'message_attempts');
    const isSettling = statement.includes('with given as materialized');
    expect(attempts.length).toBeLessThanOrEqual(isSettling && fault !== 'error' ? 1 : 2);
    const accepted = attempts.filter(({ outcome }) => outcome === 'accepted');
    expect(accepted.length).toBeGreaterThanOrEqual(1);
    if (channel === 'sms') expect(rowsOf(end, 'message_costs')).toMatchObject([{ amount: 0.8 * accepted.length }]);
  };

/** By name; `jobs` is tried with each kind of job. A courier takes in one transaction, and settles in another. */
export const taskWriters: Readonly<Record<string, TaskWriter>> = {
  sms: {
    begin: async (world) => void (await world.sms('queued')),
    transactions: 2,
    omitted: { message_costs: ['day'], message_attempts: ['provider_id'] },
    holds: carriedOut('sms'),
  },
  'sms of an account without credit': {
    task: 'sms',
    async begin(world) {
      await world.sms('queued');
      world.gateway.answer(recipient(405, 'InsufficientBalance'));
    },
    transactions: 2,
    // It is paused once and staff hear of it once, however often the message goes to find out.
    holds(end) {
      const messages = rowsOf(end, 'messages');
      expect(messages.filter(({ kind }) => kind === 'alarm-channel-paused')).toHaveLength(1);
      expect(messages.find(({ channel }) => channel === 'sms')).toMatchObject({ status: 'queued' });
      expect(rowsOf(end, 'channels').find(({ channel }) => channel === 'sms')).toMatchObject({ paused_by: 'system' });
    },
  },
  email: {
    async begin(world) {
      await world.order();
      await world.work('jobs');
    },
    transactions: 2,
    holds: carriedOut('email'),
  },
  deliveryReports: {
    async begin(world) {
      const { id } = await world.sms('sent');
      await callBack(world.service, 'delivery', { id: 'known-later', status: 'Success' });
      await sql`update message_attempts set provider_id = 'known-later' where message_id = ${id}`.execute(
        world.service.db,
      );
    },
  },
  forgottenOrders: {
    async begin(world) {
      await world.order();
      await world.work('jobs');
      world.pass(25 * 60);
    },
    ends: (end) => expect(rowsOf(end, 'jobs')).toMatchObject([{ kind: 'orders-changed' }]),
  },
  oldTexts: {
    async begin(world) {
      await world.sms('sent');
      await callBack(world.service, 'incoming', { id: 'old', from: phone, to: '22384', text: 'HELP' });
      world.pass(31 * 24 * 60);
    },
    // Messages, then what came in.
    transactions: 2,
  },
  productImports: {
    async begin(world) {
      const path = `/api/v1/product-imports/${await sendProducts(world)}/apply/`;
      const { status } = await world.service.request('POST', path, { token: world.tokens.staff });
      expect(status).toBe(202);
    },
    // Taken, its category made, its rows written, and told how far it is.
    transactions: 4,
    omitted: { categories: ['code'], product_imports: ['tries'] },
    // Rows that were written and not told of are read once more, and change nothing then.
    holds(end) {
      expect(rowsOf(end, 'products').filter(({ sku }) => sku === 'KETTLE')).toHaveLength(1);
      expect(rowsOf(end, 'stock').filter((each) => each['on_hand'] === 5)).toHaveLength(1);
      expect(rowsOf(end, 'product_imports')).toMatchObject([{ done: 1 }]);
    },
  },
  sales: {
    async begin(world) {
      await world.order();
      world.pass(noonTomorrow(world.service.config.timeZone));
    },
  },
  credit: { begin: () => Promise.resolve() },
};
