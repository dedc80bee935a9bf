// Owns the fact about statuses: an order moves as it may, once for each change, and everybody sees it where it is.

import { afterAll, answered, type Fact, judge, looked, unheard, type World } from '../fact.ts';
import {
  bodyOf,
  type Call,
  grouped,
  type OrderBody,
  ordersShown,
  type ProblemBody,
  type Status,
  succeeded,
} from '../history.ts';
import type { Step } from '../linearizable.ts';
import { livesOf, type OrderLife } from '../order-lives.ts';

export type Mover = 'customer' | 'staff';

/** From which status to which, and by whom. */
export const moves: readonly [from: Status, to: Status, by: readonly Mover[]][] = [
  ['pending', 'confirmed', ['staff']],
  ['confirmed', 'dispatched', ['staff']],
  ['dispatched', 'completed', ['staff']],
  ['pending', 'cancelled', ['staff', 'customer']],
  ['confirmed', 'cancelled', ['staff']],
];

export const mayMove = (from: string | undefined, to: Status, by: Mover): boolean =>
  moves.some(([before, after, who]) => before === from && after === to && who.includes(by));

/** Status and version, as in `confirmed 2`; empty before it is placed. */
type Place = string;
const at = (status: Status, version: number): Place => `${status} ${version}`;
const moverOf = (client: string): Mover => (client.startsWith('staff') ? 'staff' : 'customer');

export const statuses: Fact = {
  name: 'an order moves as it may, and everybody sees it where it is',
  tables: ['orders'],
  check(world) {
    const steps = grouped(stepsOfCalls(world), ({ order }) => order);
    const finalMs = afterAll(world.calls);
    return livesOf(world.calls, world.end).flatMap((life) => {
      const { id, status, version } = life.stored;
      const last = at(status, version);
      const all = [
        begin(life),
        ...(steps.get(id) ?? []).map(({ step }) => step),
        ...bySms(life),
        { what: `at the end it is ${last}`, fromMs: finalMs, toMs: finalMs, apply: saw(last) },
      ];
      return judge(`order ${id}`, '', all, [id]);
    });
  },
};

interface OfOrder {
  order: string;
  step: Step<Place>;
}

const saw = (value: Place) => (state: Place) => (state === value ? state : undefined);

const move = (to: Status, by: Mover) => (state: Place) => {
  const [status, version] = state.split(' ');
  return mayMove(status, to, by) ? at(to, Number(version) + 1) : undefined;
};

const begin = ({ placed }: OrderLife): Step<Place> => ({
  what: 'placed',
  ...placed,
  apply: (state) => (state === '' ? at('pending', 1) : undefined),
});

/** A customer's YES by text. */
const bySms = ({ stored, cancelled }: OrderLife): Step<Place>[] =>
  cancelled && stored.events.some(({ via }) => via === 'sms')
    ? [{ what: 'cancelled by text', ...cancelled, apply: move('cancelled', 'customer') }]
    : [];

function stepsOfCalls({ calls }: World): OfOrder[] {
  const seen = ordersShown(calls)
    // The answer to a placement shows the order as it was placed, whatever has become of it.
    .filter(({ call }) => call.asked.kind === 'read-order' || call.asked.kind === 'list-orders')
    .map(({ call, order }) => ({
      order: order.id,
      step: looked<Place>(call, `saw ${at(order.status, order.version)}`, saw(at(order.status, order.version))),
    }));
  return [...seen, ...calls.flatMap(stepsOfCall)];
}

function stepsOfCall(call: Call): OfOrder[] {
  const { asked, answer, client } = call;
  if (asked.kind !== 'move' && asked.kind !== 'cancel') return [];
  const { order } = asked;
  const to = asked.kind === 'cancel' ? 'cancelled' : asked.to;
  const by = moverOf(client);
  const expected =
    asked.kind === 'move' && asked.ifMatch !== undefined ? Number(asked.ifMatch.replaceAll('"', '')) : undefined;
  const isExpected = (state: Place) => expected === undefined || Number(state.split(' ')[1]) === expected;
  const apply = (state: Place) => (isExpected(state) ? move(to, by)(state) : undefined);
  if (succeeded(call)) {
    const { status, version } = bodyOf<OrderBody>({ answer });
    const result = at(status, version);
    const step = answered<Place>(call, `moved to ${result}`, (state) => (apply(state) === result ? result : undefined));
    return [{ order, step: { ...step, fromMs: call.fromMs } }];
  }
  const refusal = (): Step<Place>[] => {
    const current = bodyOf<ProblemBody>({ answer }).current_status;
    if (current !== undefined) {
      const refused = (state: Place) =>
        state.split(' ')[0] === current && !mayMove(current, to, by) ? state : undefined;
      return [looked(call, `was refused ${to} of ${current}`, refused)];
    }
    return answer?.status === 412
      ? [looked(call, 'was told it has changed', (state) => (isExpected(state) ? undefined : state))]
      : [];
  };
  return [...unheard<Place>(call, `moved to ${to}`, apply), ...refusal()].map((step) => ({ order, step }));
}
