// Owns the fact about products: each edit follows the one that its caller had read, and orders are sold at the price of a moment.

import { afterAll, answered, type Fact, judge, looked, unheard, type Violation, type World } from '../fact.ts';
import {
  bodyOf,
  type Call,
  grouped,
  minor,
  type ProblemBody,
  type ProductBody,
  problemOf,
  succeeded,
} from '../history.ts';
import type { Step } from '../linearizable.ts';
import { livesOf } from '../order-lives.ts';
import { additionsIn } from '../product-additions.ts';

/** Version and price, as in `3 at 1450`, or one of these words. */
type Product = string;
const [absent, deleted] = ['absent', 'deleted'];

const alive = (version: number, priceMinor: number): Product => `${version} at ${priceMinor}`;

function read(product: Product): { version: number; priceMinor: number } | undefined {
  const [, version, price] = /^(\d+) at (\d+)$/.exec(product) ?? [];
  return version === undefined ? undefined : { version: Number(version), priceMinor: Number(price) };
}

export const products: Fact = {
  name: 'a product changes as its editors were told, and is sold at the price it has then, until it is deleted',
  tables: ['products', 'order_lines'],
  check(world) {
    const steps = grouped(stepsOf(world), ({ product }) => product);
    const finalMs = afterAll(world.calls);
    return world.end.products.flatMap(({ id, version, priceMinor, isDeleted }): Violation[] => {
      const last = isDeleted ? deleted : alive(version, priceMinor);
      const atEnd: Step<Product> = {
        what: `at the end it is ${last}`,
        fromMs: finalMs,
        toMs: finalMs,
        apply: saw(last),
      };
      return judge(`product ${id}`, absent, [...(steps.get(id) ?? []).map(({ step }) => step), atEnd], [id]);
    });
  },
};

interface OfProduct {
  product: string;
  step: Step<Product>;
}

const saw = (value: Product) => (state: Product) => (state === value ? state : undefined);
const sawAlive = (state: Product) => (read(state) ? state : undefined);

const versionIn = (etag: string | undefined): number | undefined =>
  etag === undefined ? undefined : Number(/"(\d+)\./.exec(etag)?.[1]);

/** Where the caller has said which version they read, only that one. */
const onVersion =
  (ifMatch: string | undefined, change: (version: number, priceMinor: number) => Product) => (state: Product) => {
    const now = read(state);
    const expected = versionIn(ifMatch);
    if (!now || (expected !== undefined && now.version !== expected)) return undefined;
    return change(now.version, now.priceMinor);
  };

function stepsOf({ calls, end }: World): OfProduct[] {
  const sales = livesOf(calls, end).flatMap(({ stored, placed }) =>
    stored.lines.map(({ product, priceMinor }): OfProduct => {
      const apply = (state: Product) => (read(state)?.priceMinor === priceMinor ? state : undefined);
      return { product, step: { what: `order ${stored.id} pays ${priceMinor}`, ...placed, isLook: true, apply } };
    }),
  );
  const added = additionsIn(calls).map(({ product, asked, fromMs, toMs }): OfProduct => {
    const first = alive(1, minor(asked.price));
    const apply = (state: Product) => (state === absent ? first : undefined);
    return { product, step: { what: `added as ${first}`, fromMs, toMs, apply } };
  });
  return [...added, ...calls.flatMap(stepsOfCall), ...sales];
}

function stepsOfCall(call: Call): OfProduct[] {
  const { asked, answer } = call;
  const body = bodyOf<ProductBody>({ answer });
  const isGone = answer?.status === 404;
  switch (asked.kind) {
    case 'read-product': {
      const { product } = asked;
      if (isGone) return [{ product, step: looked(call, 'found it deleted', saw(deleted)) }];
      if (!succeeded(call)) return [];
      const found = alive(versionIn(answer?.etag) ?? 0, minor(body.price));
      return [{ product, step: looked(call, `saw ${found}`, saw(found)) }];
    }
    case 'edit-product':
    case 'delete-product': {
      const { product, ifMatch } = asked;
      const change = (version: number, priceMinor: number) =>
        asked.kind === 'delete-product'
          ? deleted
          : alive(version + 1, asked.price === undefined ? priceMinor : minor(asked.price));
      const apply = onVersion(ifMatch, change);
      const what = asked.kind === 'delete-product' ? 'deleted it' : `edited it to ${asked.price ?? 'the same price'}`;
      if (!succeeded(call)) {
        const refused = isGone ? [looked(call, 'found it deleted', saw(deleted))] : [];
        return [...unheard(call, what, apply), ...refused].map((step) => ({ product, step }));
      }
      const shown = asked.kind === 'delete-product' ? deleted : alive(versionIn(answer?.etag) ?? 0, minor(body.price));
      const asShown = (state: Product) => (apply(state) === shown ? shown : undefined);
      return [{ product, step: { ...answered(call, `${what}: ${shown}`, asShown), fromMs: call.fromMs } }];
    }
    case 'place': {
      const problem = problemOf(call);
      if (problem !== 'out-of-stock' && problem !== 'unknown-product') return [];
      const { errors = [] } = bodyOf<ProblemBody>({ answer });
      const unknown = new Set(errors.map(({ pointer }) => asked.items[Number(pointer.split('/')[2])]?.product));
      return [...new Set(asked.items.map(({ product }) => product))].map((product) => ({
        product,
        step: unknown.has(product)
          ? looked(call, 'could not order it', saw(deleted))
          : looked(call, 'could have ordered it', sawAlive),
      }));
    }
    default:
      return [];
  }
}
