// Owns the facts about the queue in front of placing.

import { expect, test } from 'vitest';
import type { Outcome, Placement } from '../../src/orders/decide-placements.ts';
import { createIntake, type IntakeOptions } from '../../src/orders/intake.ts';
import { Problem } from '../../src/platform/problem.ts';

const placement = (name: string): Placement => ({
  orderId: name,
  receivedAt: new Date(),
  identity: {
    issuer: 'https://issuer.test/',
    subject: name,
    userId: name,
    isMachine: false,
    permissions: new Set(),
    name,
    email: '',
  },
  profile: { name, email: '' },
  phoneNumber: '+254712345678',
  lines: [],
  idempotencyId: undefined,
  fingerprint: '',
});

const placed = (each: Placement) => ({ kind: 'placed', order: { id: each.orderId } }) as Outcome;
const passing = new Error('may pass');
const away = new Error('away');

function intakeOf(placeGroup: IntakeOptions['placeGroup'], limits: Partial<IntakeOptions> = {}) {
  return createIntake({
    placeGroup,
    mayPass: (error) => error === passing || error === away,
    isAway: (error) => error === away,
    patienceMs: 0,
    maxGroup: 4,
    maxWaiting: 100,
    ...limits,
  });
}

test('places what arrives during a group together in the next, in the order it came', async () => {
  const groups: string[][] = [];
  const gate = Promise.withResolvers<void>();
  const intake = intakeOf(async (group) => {
    groups.push(group.map((each) => each.orderId));
    if (groups.length === 1) await gate.promise;
    return group.map(placed);
  });
  const first = intake.place(placement('a'));
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  const rest = ['b', 'c', 'd', 'e', 'f'].map((name) => intake.place(placement(name)));
  gate.resolve();
  await Promise.all([first, ...rest]);
  expect(groups).toEqual([['a'], ['b', 'c', 'd', 'e'], ['f']]);
});

test('refuses at once past its bound and takes orders again once it has room', async () => {
  const intake = intakeOf(async (group) => group.map(placed), { maxWaiting: 2 });
  const accepted = [intake.place(placement('a')), intake.place(placement('b'))];
  expect(() => intake.place(placement('c'))).toThrow(Problem);
  await Promise.all(accepted);
  await expect(intake.place(placement('d'))).resolves.toMatchObject({ kind: 'placed' });
});

test('places everything it has accepted at several times what it can take, in the order it came, and refuses the rest at once', async () => {
  const written: string[] = [];
  const intake = intakeOf(
    async (group) => {
      await new Promise(setImmediate);
      written.push(...group.map((each) => each.orderId));
      return group.map(placed);
    },
    { maxWaiting: 8 },
  );
  const accepted: Promise<Outcome>[] = [];
  const names: string[] = [];
  let refused = 0;
  for (let number = 0; number < 400; number++) {
    try {
      accepted.push(intake.place(placement(`order-${number}`)));
      names.push(`order-${number}`);
    } catch (error) {
      expect(error).toMatchObject({ type: { slug: 'overloaded', status: 503 }, headers: { 'retry-after': '1' } });
      refused++;
    }
    // Four groups' worth of orders arrive while one is written.
    if (number % 16 === 15) await new Promise(setImmediate);
  }
  const outcomes = await Promise.all(accepted);
  expect(refused).toBeGreaterThan(100);
  expect(accepted.length).toBeGreaterThan(50);
  expect(written).toEqual(names);
  expect(outcomes.map((outcome) => outcome.kind === 'placed' && outcome.order.id)).toEqual(names);
});

test('splits a group that a member poisons until only that member fails', async () => {
  const poison = new Error('poison');
  const intake = intakeOf(
    async (group) => {
      if (group.some((each) => each.orderId === 'bad')) throw poison;
      return group.map(placed);
    },
    { maxGroup: 16 },
  );
  const names = ['a', 'b', 'c', 'bad', 'd', 'e', 'f'];
  const results = await Promise.allSettled(names.map((name) => intake.place(placement(name))));
  expect(results.map((result) => result.status)).toEqual(
    names.map((name) => (name === 'bad' ? 'rejected' : 'fulfilled')),
  );
  expect(results[3]).toMatchObject({ reason: poison });
});

test('tries a group again when its failure may pass, and says that it is not the first try', async () => {
  const tries: boolean[] = [];
  const intake = intakeOf(async (group, again) => {
    tries.push(again);
    if (tries.length < 3) throw passing;
    return group.map(placed);
  });
  await expect(intake.place(placement('a'))).resolves.toMatchObject({ kind: 'placed' });
  expect(tries).toEqual([false, true, true]);
});

test('splits a group that meets another one again and again', async () => {
  const sizes: number[] = [];
  const intake = intakeOf(async (group) => {
    sizes.push(group.length);
    if (group.length > 2) throw passing;
    return group.map(placed);
  });
  const all = await Promise.all(['a', 'b', 'c', 'd'].map((name) => intake.place(placement(name))));
  expect(all.map(({ kind }) => kind)).toEqual(['placed', 'placed', 'placed', 'placed']);
  expect(sizes).toEqual([4, 4, 4, 2, 2]);
});

test('gives up on a group whose failure does not pass, and goes on with the next', async () => {
  let failing = true;
  const intake = intakeOf(async (group) => {
    if (failing) throw passing;
    return group.map(placed);
  });
  await expect(intake.place(placement('a'))).rejects.toBe(passing);
  failing = false;
  await expect(intake.place(placement('b'))).resolves.toMatchObject({ kind: 'placed' });
});

test('is drained when everything accepted is answered', async () => {
  let answered = 0;
  const intake = intakeOf(async (group) => group.map(placed));
  const orders = ['a', 'b', 'c', 'd', 'e', 'f'].map(async (name) => {
    await intake.place(placement(name));
    answered++;
  });
  await intake.drained();
  await Promise.resolve();
  expect(answered).toBe(6);
  await Promise.all(orders);
});

test('waits for a database that is away, and says that it is another try', async () => {
  const tries: boolean[] = [];
  const intake = intakeOf(
    async (group, again) => {
      tries.push(again);
      if (tries.length < 5) throw away;
      return group.map(placed);
    },
    { patienceMs: 10_000 },
  );
  await expect(intake.place(placement('a'))).resolves.toMatchObject({ kind: 'placed' });
  expect(tries).toEqual([false, true, true, true, true]);
});

test('gives a database that stays away one try for each group, until it is there again', async () => {
  let tries = 0;
  let isThere = false;
  const intake = intakeOf(async (group) => {
    tries += 1;
    if (!isThere) throw away;
    return group.map(placed);
  });
  await expect(intake.place(placement('a'))).rejects.toBe(away);
  await expect(intake.place(placement('b'))).rejects.toBe(away);
  expect(tries).toBe(2);
  isThere = true;
  await expect(intake.place(placement('c'))).resolves.toMatchObject({ kind: 'placed' });
});
