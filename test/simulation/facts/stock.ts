// Owns the fact about stock: what is left is what there was, less what live orders hold, at every moment that anybody saw it.

import { afterAll, answered, type Fact, judge, looked, unheard, type Violation, type World } from '../fact.ts';
import { bodyOf, type Call, grouped, type ProblemBody, type ProductBody, problemOf, succeeded } from '../history.ts';
import type { Step } from '../linearizable.ts';
import { livesOf, type OrderLife } from '../order-lives.ts';
import { additionsIn } from '../product-additions.ts';

/** How many there are; null before there is the product. */
type Level = number | null;

export const stock: Fact = {
  name: 'stock taken is what live orders hold, and never more than there is',
  tables: ['stock', 'orders', 'order_lines'],
  check(world) {
    const { end } = world;
    const counted = new Set(
      additionsIn(world.calls).flatMap(({ product, asked }) => (asked.stock === null ? [] : [product])),
    );
    const steps = grouped(stepsOf(world), ({ product }) => product);
    const finalMs = afterAll(world.calls);
    return end.products.flatMap(({ id, onHand }): Violation[] => {
      if (!counted.has(id))
        return onHand === null ? [] : [{ what: `product ${id} is counted and should not be`, about: [id] }];
      if (onHand === null || onHand < 0) return [{ what: `the stock of ${id} is ${onHand}`, about: [id] }];
      const last = { what: `at the end there are ${onHand}`, fromMs: finalMs, toMs: finalMs, apply: saw(onHand) };
      return judge<Level>(`the stock of ${id}`, null, [...(steps.get(id) ?? []).map(({ step }) => step), last], [id]);
    });
  },
};

interface OfProduct {
  product: string;
  step: Step<Level>;
}

const saw = (level: number | null) => (state: Level) => (state === level ? state : undefined);
const sawAtLeast = (level: number) => (state: Level) => (state !== null && state >= level ? state : undefined);
const add = (change: number) => (state: Level) => (state === null || state + change < 0 ? undefined : state + change);

/** What the caller had read, from an ETag such as `"3.17"`: version and stock. */
const levelIn = (etag: string | undefined): number | undefined =>
  etag === undefined ? undefined : Number(/\.(\d+)"/.exec(etag)?.[1]);

function stepsOf({ calls, end }: World): OfProduct[] {
  const added = additionsIn(calls).map(({ product, asked: { stock: level }, fromMs, toMs }): OfProduct => {
    const apply = (state: Level) => (state === null ? level : undefined);
    return { product, step: { what: `added with ${level}`, fromMs, toMs, apply } };
  });
  return [...added, ...calls.flatMap(stepsOfCall), ...livesOf(calls, end).flatMap(stepsOfOrder)];
}

function stepsOfOrder({ stored, placed, cancelled }: OrderLife): OfProduct[] {
  return stored.lines.flatMap(({ product, quantity }) => {
    const sold = {
      product,
      step: { what: `order ${stored.id} takes ${quantity}`, ...placed, effect: `-${quantity}`, apply: add(-quantity) },
    };
    if (!cancelled) return [sold];
    const apply = add(quantity);
    return [
      sold,
      {
        product,
        step: { what: `order ${stored.id} gives ${quantity} back`, ...cancelled, effect: `+${quantity}`, apply },
      },
    ];
  });
}

function stepsOfCall(call: Call): OfProduct[] {
  const { asked, answer } = call;
  switch (asked.kind) {
    case 'read-product': {
      if (!succeeded(call)) return [];
      const { id, stock: level } = bodyOf<ProductBody>({ answer });
      return level === null ? [] : [{ product: id, step: looked(call, `saw ${level}`, saw(level)) }];
    }
    case 'edit-product': {
      const { product, stock: to } = asked;
      const read = levelIn(asked.ifMatch);
      const set = (level: number) => (state: Level) =>
        state === null || (read !== undefined && state !== read) ? undefined : level;
      if (succeeded(call)) {
        const { stock: level } = bodyOf<ProductBody>({ answer });
        if (to !== undefined) return [{ product, step: whole(call, `set to ${to}`, set(to)) }];
        return level === null
          ? []
          : [{ product, step: { ...whole(call, `edited at ${level}`, saw(level)), isLook: true } }];
      }
      return to === undefined ? [] : unheard(call, `set to ${to}`, set(to)).map((step) => ({ product, step }));
    }
    case 'place': {
      if (problemOf(call) !== 'out-of-stock') return [];
      const short = new Map(bodyOf<ProblemBody>({ answer }).products?.map((each) => [each.product, each]));
      const asking = new Map<string, number>();
      for (const { product, quantity } of asked.items) asking.set(product, (asking.get(product) ?? 0) + quantity);
      return [...asking].map(([product, quantity]) => {
        const found = short.get(product);
        if (!found) return { product, step: looked<Level>(call, `saw ${quantity} or more`, sawAtLeast(quantity)) };
        const apply = (state: Level) => (found.available < quantity ? saw(found.available)(state) : undefined);
        return { product, step: looked(call, `was refused ${quantity} for ${found.available}`, apply) };
      });
    }
    default:
      return [];
  }
}

/** From the first try on: of several, one was the one that did it. */
const whole = (call: Call, what: string, apply: Step<Level>['apply']): Step<Level> => ({
  ...answered(call, what, apply),
  fromMs: call.fromMs,
});
