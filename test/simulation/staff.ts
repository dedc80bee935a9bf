// Owns the staff of a simulation: they move orders on, edit prices and stock, add and delete products, and record opt-outs.

import type { Dice } from '../support/chance.ts';
import { type Floor, learn, type Person } from './floor.ts';
import { bodyOf, type ProductBody, type Status, succeeded } from './history.ts';

const weights = {
  move: 45,
  cancel: 6,
  read: 6,
  edit: 20,
  editBlindly: 4,
  readProduct: 12,
  replaceProduct: 3,
  addTwice: 1,
  optOut: 2,
};

const statuses: readonly Status[] = ['pending', 'confirmed', 'dispatched', 'completed', 'cancelled'];
/** What follows as a rule. */
const next: Readonly<Record<Status, Status>> = {
  pending: 'confirmed',
  confirmed: 'dispatched',
  dispatched: 'completed',
  completed: 'completed',
  cancelled: 'confirmed',
};

export function createStaff(floor: Floor, number: number, phones: readonly string[], dice: Dice): Person {
  const name = `staff-${number}`;
  const ask = floor.asker.ask;
  /** Half of the time one that is on its way, of which there are few. */
  const anOrder = () => {
    const recent = floor.orders.slice(-60);
    const moving = recent.filter(({ status }) => status === 'confirmed' || status === 'dispatched');
    const some = moving.length > 0 && dice.hits(0.5) ? moving : recent;
    return some.length > 0 ? dice.oneOf(some) : undefined;
  };
  let added = 0;

  async function move(): Promise<void> {
    const order = anOrder();
    if (!order) return;
    const to = dice.hits(0.85) ? next[order.status] : dice.oneOf(statuses);
    const ifMatch = dice.hits(0.3) ? { ifMatch: dice.hits(0.6) ? order.etag : '"1"' } : {};
    learn(floor, await ask(name, { kind: 'move', order: order.id, to, ...ifMatch }, dice));
  }
  async function add(stock: number | null, times: number): Promise<void> {
    added += 1;
    floor.prices += 1;
    const key = `product-${number}-${added}`;
    const asked = { kind: 'add-product', key, name: `Mug ${key}`, price: floor.prices / 4, stock } as const;
    const calls = await Promise.all(Array.from({ length: times }, () => ask(name, asked, dice)));
    for (const call of calls) {
      const { id } = bodyOf<ProductBody>(call);
      if (succeeded(call) && !floor.products.includes(id)) floor.products.push(id);
    }
  }
  const change = () => {
    floor.prices += 1;
    const price = { price: floor.prices / 4 };
    const stock = { stock: dice.hits(0.2) ? dice.below(10) : 1_000 + dice.below(1_000) };
    return dice.oneOf([price, stock, { ...price, ...stock }]);
  };

  const acts: Record<keyof typeof weights, () => Promise<void>> = {
    move,
    async cancel() {
      const order = anOrder();
      if (order) learn(floor, await ask(name, { kind: 'cancel', order: order.id }, dice));
    },
    async read() {
      const order = anOrder();
      if (order) learn(floor, await ask(name, { kind: 'read-order', order: order.id }, dice));
    },
    async edit() {
      const product = dice.oneOf(floor.products);
      const read = dice.hits(0.5) ? undefined : floor.etags.get(product);
      if (read === undefined) learn(floor, await ask(name, { kind: 'read-product', product }, dice));
      const ifMatch = floor.etags.get(product);
      // What is not counted stays so.
      if (ifMatch === undefined || ifMatch.includes('uncounted')) return;
      const editors = dice.hits(0.3) ? [name, 'staff-0'] : [name];
      const edits = editors.map((editor) => ask(editor, { kind: 'edit-product', product, ifMatch, ...change() }, dice));
      for (const call of await Promise.all(edits)) learn(floor, call);
    },
    async editBlindly() {
      const product = dice.oneOf(floor.products);
      if (!floor.mayOmitKeys || floor.etags.get(product)?.includes('uncounted') !== false) return;
      learn(floor, await ask(name, { kind: 'edit-product', product, ...change() }, dice));
    },
    async readProduct() {
      learn(floor, await ask(name, { kind: 'read-product', product: dice.oneOf(floor.products) }, dice));
    },
    async replaceProduct() {
      await add(10 + dice.below(50), 1);
      const product = floor.products[dice.below(floor.products.length - 1)] as string;
      const etag = floor.etags.get(product);
      const ifMatch = etag !== undefined && dice.hits(0.7) ? { ifMatch: etag } : {};
      const call = await ask(name, { kind: 'delete-product', product, ...ifMatch }, dice);
      if (call.answer?.status !== 412) {
        floor.products = floor.products.filter((each) => each !== product);
        floor.gone.push(product);
      }
    },
    addTwice: () => (floor.products.length < 14 ? add(10 + dice.below(50), 2) : Promise.resolve()),
    async optOut() {
      await ask(name, { kind: dice.hits(0.5) ? 'opt-out' : 'opt-in', phone: dice.oneOf(phones) }, dice);
    },
  };
  return { name, dice, act: () => acts[dice.weighted(weights)]() };
}
