// Owns the facts about answers that come when nobody waits for them any more: a lease has ended, and another worker sends.

import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recipient } from '../support/gateway.ts';
import { eventually } from '../support/service.ts';
import { type FaultWorld, openFaultWorld, phone } from './fault-world.ts';

let world: FaultWorld;

beforeAll(async () => {
  world = await openFaultWorld();
});

afterAll(() => world.stop());

test('what the first worker hears is of its own attempt, and leaves the message to who has it now', async () => {
  const { service, gateway, tokens } = world;
  const { id } = await world.sms('queued');
  const ledger = async () => {
    const { body } = await service.request('GET', `/api/v1/messages/${id}/`, { token: tokens.staff });
    return [body.status, body.attempts.map(({ outcome }: { outcome: string | null }) => outcome)];
  };
  const held: ServerResponse[] = [];
  gateway.answer((response) => void held.push(response));
  const send = async (count: number) => {
    await world.tasks.work['sms']?.step();
    await eventually('it is sent', () => held.length === count);
  };
  const answer = (index: number, how: ReturnType<typeof recipient>) =>
    how(held[index] as ServerResponse, { to: phone, message: '' });

  const first = world.tasks;
  await send(1);
  world.restart(2);
  await send(2);
  answer(0, recipient(403, 'InvalidPhoneNumber'));
  await first.idle();
  expect(await ledger()).toEqual(['sending', ['permanent', null]]);
  answer(1, recipient(101, 'Success'));
  await world.tasks.idle();
  expect(await ledger()).toEqual(['sent', ['permanent', 'accepted']]);
});
