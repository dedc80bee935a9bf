// Owns a lie for each fact of the model: what would have to be seen if it were not so.

import type { World } from './fact.ts';
import { type Answer, type Call, callsOf, type OrderBody, succeeded } from './history.ts';

const some = <T>(list: readonly T[], is: (each: T) => boolean = () => true): T => {
  const found = list.find(is);
  if (found === undefined) throw new Error('there is nothing to lie about: ask for more orders');
  return found;
};

const answerOf = (call: Call): Answer & { body: OrderBody } => call.answer as Answer & { body: OrderBody };
const isSeenOrder = (call: Call): boolean => call.asked.kind === 'read-order' && succeeded(call);

/** By the first words of the fact's name. Each changes the world that it is given. */
export const lies: Readonly<Record<string, (world: World) => unknown>> = {
  'everybody is answered': ({ calls }) => Object.assign(answerOf(some(calls)), { status: 500 }),
  'every acknowledged order is there once': ({ end }) => end.orders.shift(),
  'money adds up': ({ end }) => (some(end.orders).totalMinor += 1),
  'what staff are told was sold': ({ end }) => (some(end.sales).revenue += 1),
  'stock taken is what live orders hold': ({ end }) =>
    Object.assign(
      some(end.products, ({ onHand }) => onHand !== null),
      { onHand: 12_345 },
    ),
  'a product changes as its editors were told': ({ end }) =>
    (some(end.products, ({ isDeleted }) => !isDeleted).priceMinor += 1),
  'a caller’s idempotency key': ({ calls }) =>
    Object.assign(answerOf(some(callsOf(calls, 'place'), ({ answer }) => answer?.isReplay === true)), {
      isReplay: false,
    }),
  'an order moves as it may': ({ calls }) => (answerOf(some(calls, isSeenOrder)).body.version += 7),
  'each change is on its order’s timeline': ({ end }) =>
    some(end.orders, ({ events }) => events.length > 0).events.pop(),
  'a customer hears of each status once': ({ end }) => end.texts.push(some(end.texts)),
  'who wants no SMS gets none': ({ end }) => end.optOuts.push('+254799999999'),
  'each text is handled once': ({ end }) => end.incoming.push(some(end.incoming)),
  'each person is one customer': ({ end }) => (some(end.customers).phones = []),
  'a customer sees all their own orders': ({ calls }) =>
    Object.assign(
      some(calls, (call) => isSeenOrder(call) && call.client.startsWith('customer')),
      { client: 'customer-of-elsewhere' },
    ),
  'no work is left': ({ end }) => end.jobs.push({ kind: 'left', hasFailed: false, error: null }),
};
