// Owns the fact about timelines: each change stands there once, in order, by whoever made it, and none that nobody made.

import type { Fact, Violation, World } from '../fact.ts';
import { bodyOf, type CallOf, callsOf, grouped, type OrderBody, succeeded } from '../history.ts';
import { clockMs, livesOf, type OrderLife, type Span } from '../order-lives.ts';
import { type Mover, mayMove } from './statuses.ts';

export const timelines: Fact = {
  name: 'each change is on its order’s timeline once, in order',
  tables: ['order_events'],
  check({ calls, end }: World) {
    const changes = grouped(callsOf(calls, 'move', 'cancel'), ({ asked }) => asked.order);
    const shown = new Map(end.shown.map((order) => [order.id, order]));
    return livesOf(calls, end).flatMap((life): Violation[] => {
      const { id } = life.stored;
      const wrong = [
        ...wrongInOrder(life),
        ...wrongByCalls(life, changes.get(id) ?? []),
        ...wrongInTime(life, changes.get(id) ?? []),
        ...wrongAsShown(life, shown.get(id)),
      ];
      return wrong.map((what) => ({ what: `order ${id}: ${what}`, about: [id] }));
    });
  },
};

function wrongInOrder({ stored: { status, version, events } }: OrderLife): string[] {
  const wrong: string[] = [];
  let [before, number] = ['pending', 1];
  for (const event of events) {
    number += 1;
    if (event.version !== number) wrong.push(`change ${number} has the number ${event.version}`);
    if (!mayMove(before, event.status, event.actor as Mover)) {
      wrong.push(`${event.actor} moved it from ${before} to ${event.status}`);
    }
    before = event.status;
  }
  if (before !== status || number !== version)
    wrong.push(`it is ${status} ${version}, and its timeline ends ${before} ${number}`);
  return wrong;
}

function wrongByCalls({ stored: { events } }: OrderLife, changes: CallOf<'move' | 'cancel'>[]): string[] {
  const wrong: string[] = [];
  const made = grouped(changes.filter(succeeded), ({ answer }) => String(bodyOf<OrderBody>({ answer }).version));
  for (const [version, calls] of made) {
    if (calls.length > 1) wrong.push(`${calls.length} callers made change ${version}`);
    for (const { client, answer } of calls) {
      const { status } = bodyOf<OrderBody>({ answer });
      const actor = client.startsWith('staff') ? 'staff' : 'customer';
      const isThere = events.some(
        (each) => `${each.version}` === version && each.status === status && each.actor === actor && each.via === 'api',
      );
      if (!isThere) wrong.push(`change ${version} to ${status} by ${actor} was acknowledged and is not there`);
    }
  }
  for (const { version, status, via } of events) {
    if (via === 'sms' || made.has(String(version))) continue;
    const perhaps = changes.some(({ asked, lost, answer }) => {
      const to = asked.kind === 'cancel' ? 'cancelled' : asked.to;
      return to === status && (lost > 0 || !answer);
    });
    if (!perhaps) wrong.push(`nobody made change ${version} to ${status}`);
  }
  return wrong;
}

/** What was acknowledged happened between question and answer, and says so. */
function wrongInTime({ stored, body, placed }: OrderLife, changes: CallOf<'move' | 'cancel'>[]): string[] {
  const wrong: string[] = [];
  const check = (what: string, writtenMs: number, { fromMs, toMs }: Span) => {
    const atMs = writtenMs - performance.timeOrigin;
    if (atMs > fromMs - clockMs && atMs < toMs + clockMs) return;
    wrong.push(`${what} between ${fromMs.toFixed(0)} and ${toMs.toFixed(0)} ms, and says ${atMs.toFixed(0)} ms`);
  };
  check('it was placed', Date.parse(body.created_at), placed);
  for (const call of changes.filter(succeeded)) {
    const { version } = bodyOf<OrderBody>(call);
    const event = stored.events.find((each) => each.version === version);
    if (event) check(`it was ${event.status}`, event.at, call);
  }
  return wrong;
}

function wrongAsShown({ stored }: OrderLife, shown: OrderBody | undefined): string[] {
  if (!shown) return [];
  const { events = [] } = shown;
  const placed = { status: 'pending', version: 1, actor: 'customer', via: 'api' };
  const say = (list: readonly (typeof placed)[]) =>
    list.map((each) => `${each.version} ${each.status} ${each.actor} ${each.via}`).join(', ');
  const [expected, found] = [say([placed, ...stored.events]), say(events)];
  const wrong = expected === found ? [] : [`it is shown with ${found}, and has ${expected}`];
  const times = events.map((event) => Date.parse(event.created_at));
  if (times.some((time, index) => time < (times[index - 1] ?? 0))) wrong.push('its timeline goes back in time');
  return wrong;
}
