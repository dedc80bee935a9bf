// Owns the fact about idempotency keys: one caller's key stands for one request, and its answer is given again.

import { type Fact, judge, unheard, type World } from '../fact.ts';
import { bodyOf, type CallOf, callsOf, grouped, problemOf, succeeded } from '../history.ts';
import type { Step } from '../linearizable.ts';

type KeyedCall = CallOf<'place' | 'add-product'>;

/** What the key stands for and the id of what it made, or nothing yet. */
type Meaning = string;
const nothing = '';
/** Made by a try that nobody heard the answer of. */
const unseen = 'unseen';

const [askedIn, madeIn] = [
  (meaning: Meaning) => meaning.split(' made ')[0],
  (meaning: Meaning) => meaning.split(' made ')[1],
];

export const idempotency: Fact = {
  name: 'a caller’s idempotency key stands for one request, whoever asks it again and where',
  tables: ['orders', 'request_keys'],
  check({ calls }: World) {
    const byKey = grouped(callsOf(calls, 'place', 'add-product'), ({ client, asked }) =>
      asked.key === undefined ? undefined : `${asked.kind} of ${client} with ${asked.key}`,
    );
    return [...byKey].flatMap(([key, asking]) =>
      judge(key, nothing, asking.flatMap(stepsOf), [asking[0]?.asked.key as string]),
    );
  },
};

const fingerprintOf = ({ asked }: KeyedCall): string =>
  asked.kind === 'place'
    ? `${asked.phone}: ${asked.items.map(({ product, quantity }) => `${quantity} ${product}`).join()}`
    : `${asked.name} ${asked.price} ${asked.stock}`;

function stepsOf(call: KeyedCall): Step<Meaning>[] {
  const what = fingerprintOf(call);
  const made = (id: string): Meaning => `${what} made ${id}`;
  const begin = (id: string) => (state: Meaning) => (state === nothing ? made(id) : undefined);
  const before = unheard(call, what, begin(unseen));
  const step = (said: string, apply: Step<Meaning>['apply']): Step<Meaning> => ({
    what: `${call.client}: ${said}`,
    fromMs: call.fromMs,
    toMs: call.toMs,
    apply,
  });
  if (succeeded(call)) {
    const { id } = bodyOf<{ id: string }>(call);
    if (!call.answer?.isReplay) return [step(`made ${id}`, begin(id))];
    const again = (state: Meaning) =>
      askedIn(state) === what && [id, unseen].includes(madeIn(state) ?? '') ? made(id) : undefined;
    return [...before, step(`was shown ${id} again`, again)];
  }
  if (problemOf(call) === 'idempotency-key-reused') {
    return [
      ...before,
      step('was told that it is used', (state) => (state !== nothing && askedIn(state) !== what ? state : undefined)),
    ];
  }
  // A refusal is not remembered, and a key that stands for an order shows that one.
  const refused = problemOf(call) && call.asked.kind === 'place';
  return refused ? [...before, step('was refused', (state) => (state === nothing ? state : undefined))] : before;
}
