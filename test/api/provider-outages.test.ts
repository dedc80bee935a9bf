// Owns the facts about a provider that is silent, down, or out of credit: what waits, what resumes by itself, what staff are told.

import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { listChannels } from '../../src/sending/channel-store.ts';
import { recipient } from '../support/gateway.ts';
import { createPhones } from '../support/phones.ts';
import { drip, minute, silence, text, well } from '../support/provider-rows.ts';
import { openProviderWorld, type ProviderWorld } from '../support/provider-world.ts';
import { eventually } from '../support/service.ts';

let world: ProviderWorld;

beforeAll(async () => {
  world = await openProviderWorld();
});
afterEach(() => world.calm());
afterAll(() => world.stop());

const nextPhone = createPhones();

async function attemptsOf(orders: string[]): Promise<number[]> {
  const { rows: found } = await sql<{ attempts: number }>`
    select attempts from messages where order_id = any(${orders}::uuid[]) and channel = 'sms'`.execute(
    world.service.db,
  );
  return found.map(({ attempts }) => attempts);
}

test('no answer at all, or one that drips, ends after ten seconds: ambiguous', async () => {
  const answers = [silence, drip];
  world.gateway.answer((response, sent) => answers.pop()?.(response, sent));
  const place = () => world.place(nextPhone());
  const orders = [await place(), await place()];
  for (const order of orders) {
    const found = await eventually(
      'the time-out',
      async () => {
        const each = await world.ledgerOf(order);
        return each?.outcomes.length === 1 && each;
      },
      15_000,
    );
    expect(found).toMatchObject({ status: 'queued', ambiguous: true, outcomes: ['ambiguous'] });
  }
}, 30_000);

test('a channel without credit resumes by itself once a message is accepted, and all that waited is sent', async () => {
  // What earlier tests left to be tried later would come due here, and be counted.
  await sql`update messages set status = 'cancelled' where status = 'queued'`.execute(world.service.db);
  world.gateway.answer(recipient(405, 'InsufficientBalance'));
  const place = () => world.place(nextPhone());
  const first = await place();
  await eventually('the pause', async () => (await listChannels(world.service.db))[0]?.pause);
  const others = [await place(), await place(), await place()];
  const before = world.gateway.sent.length;
  // Still no credit when the first one finds out; the others don't.
  world.skip(6 * minute * 1_000);
  await eventually('one message to find out', async () => world.gateway.sent.length > before);
  // Only then: a clock put forward while it is on its way would end its lease, and send it once more.
  await eventually('its outcome', async () => {
    const sending = await sql`select from messages where channel = 'sms' and status = 'sending'`.execute(
      world.service.db,
    );
    return sending.rows.length === 0;
  });
  expect((await listChannels(world.service.db))[0]?.pause).not.toBeNull();
  world.gateway.answer(well);
  world.skip(6 * minute * 1_000);
  for (const order of [first, ...others]) {
    await eventually('the SMS', async () => (await world.ledgerOf(order))?.status === 'sent');
  }
  expect((await listChannels(world.service.db))[0]?.pause).toBeNull();
  expect(world.gateway.sent.length).toBe(before + 1 + 4);
});

test('a gateway that is down keeps a backlog from burning its attempts, and gets it once it is back', async () => {
  world.gateway.answer(text(503, 'maintenance'));
  world.gateway.answerUser((response) => response.writeHead(503).end());
  const place = () => world.place(nextPhone());
  const orders = await Promise.all(Array.from({ length: 30 }, place));
  const before = world.gateway.sent.length;
  let questions = 0;
  world.gateway.answerUser((response) => {
    questions += 1;
    response.writeHead(503).end();
  });
  // Each of the backlog has been tried once, at most.
  await eventually('nothing on its way', async () => {
    const found = await Promise.all(orders.map((order) => world.ledgerOf(order)));
    return found.every((each) => each?.status === 'queued') && found.some((each) => each?.outcomes.length === 1);
  });
  for (let round = 0; round < 10; round += 1) {
    const asked = questions;
    await eventually('the next question', () => {
      world.skip(31_000);
      return questions > asked;
    });
  }
  expect(Math.max(...(await attemptsOf(orders)))).toBeLessThanOrEqual(2);
  expect(world.gateway.sent.length - before).toBeLessThanOrEqual(60);
  world.gateway.answer(well);
  world.gateway.answerUser((response) => response.end('{"UserData":{"balance":"KES 1000.00"}}'));
  world.skip(minute * 1_000);
  await eventually('all of it to go out', async () => {
    const found = await Promise.all(orders.map((order) => world.ledgerOf(order)));
    return found.every((each) => each?.status === 'sent');
  });
});

test('credit that runs low is told to staff once a day', async () => {
  world.gateway.answerUser((response) => response.end('{"UserData":{"balance":"KES 99.50"}}'));
  const told = async () => {
    const { body } = await world.service.request('GET', '/sandbox/emails?to=staff@agizo.test');
    return body.filter(({ subject }: { subject: string }) => subject === 'Credit for SMS is low: KES 99.5').length;
  };
  const asked = async () => {
    const question = new Promise<void>((resolve) => {
      world.gateway.answerUser((response) => {
        response.end('{"UserData":{"balance":"KES 99.50"}}');
        resolve();
      });
    });
    world.skip(16 * minute * 1_000);
    await question;
  };
  await asked();
  await eventually('the alarm', async () => (await told()) === 1);
  await asked();
  await asked();
  expect(await told()).toBe(1);
});
