// Owns the customers of a simulation: they order, try again, change their minds, look where they should not, and text.

import { setTimeout as delay } from 'node:timers/promises';
import type { Dice } from '../support/chance.ts';
import { type Floor, learn, type Person, type PlacedOrder } from './floor.ts';
import { type Item, orderIn } from './history.ts';

const weights = {
  place: 50,
  placeTwice: 8,
  retry: 6,
  reuseKey: 3,
  useKeyOfAnother: 3,
  cancel: 8,
  meddle: 4,
  read: 4,
  list: 3,
  cancelByText: 4,
  text: 4,
};

export interface Customer extends Person {
  phone: string;
}

export function createCustomer(floor: Floor, number: number, dice: Dice): Customer {
  const name = `customer-${number}`;
  const phone = `+2547000${String(number).padStart(5, '0')}`;
  const earlier: { key: string; items: Item[] }[] = [];
  let texts = 0;

  const someItems = (): Item[] => {
    const isLate = floor.gone.length > 0 && dice.hits(0.04);
    if (isLate) return [{ product: dice.oneOf(floor.gone), quantity: 1 }];
    const some = new Map(
      Array.from({ length: 1 + dice.below(3) }, () => [dice.oneOf(floor.products), 1 + dice.below(3)]),
    );
    return [...some].map(([product, quantity]) => ({ product, quantity }));
  };
  const own = (): PlacedOrder | undefined => {
    const orders = floor.orders
      .slice(-300)
      .filter((order) => order.client === name)
      .slice(-10);
    return orders.length > 0 ? dice.oneOf(orders) : undefined;
  };
  async function place(items: Item[], key: string | undefined): Promise<void> {
    floor.asked += 1;
    learn(floor, await floor.asker.ask(name, { kind: 'place', phone, items, ...(key !== undefined && { key }) }, dice));
  }
  function newKey(items: Item[]): string {
    const key = `${number}-${floor.asked}-${dice.below(1_000_000)}`;
    earlier.push({ key, items });
    floor.keys.push({ client: name, key });
    return key;
  }
  /** The network may say it twice. */
  async function text(words: string): Promise<void> {
    texts += 1;
    const asked = { kind: 'text', id: `text-${number}-${texts}`, phone, words } as const;
    await floor.asker.ask('network', asked, dice);
    if (dice.hits(0.3)) await floor.asker.ask('network', asked, dice);
  }

  const acts: Record<keyof typeof weights, () => Promise<void>> = {
    place: () => {
      const items = someItems();
      return place(items, floor.mayOmitKeys && dice.hits(0.1) ? undefined : newKey(items));
    },
    async placeTwice() {
      const items = someItems();
      const key = newKey(items);
      await Promise.all([place(items, key), place(items, key)]);
    },
    async retry() {
      const before = earlier.at(-1 - dice.below(5));
      if (before) await place(before.items, before.key);
    },
    async reuseKey() {
      const before = earlier.at(-1 - dice.below(5));
      if (before) await place([...before.items, ...someItems()], before.key);
    },
    async useKeyOfAnother() {
      const { key } = floor.keys.length > 0 ? dice.oneOf(floor.keys.slice(-50)) : { key: 'first' };
      if (!earlier.some((each) => each.key === key)) await place(someItems(), key);
    },
    async cancel() {
      const order = own();
      if (order) learn(floor, await floor.asker.ask(name, { kind: 'cancel', order: order.id }, dice));
    },
    async meddle() {
      const others = floor.orders.slice(-50).filter(({ client }) => client !== name);
      if (others.length === 0) return;
      const order = dice.oneOf(others).id;
      await floor.asker.ask(name, { kind: dice.hits(0.5) ? 'cancel' : 'read-order', order }, dice);
    },
    async read() {
      const order = own();
      if (order) learn(floor, await floor.asker.ask(name, { kind: 'read-order', order: order.id }, dice));
    },
    async list() {
      await floor.asker.ask(name, { kind: 'list-orders' }, dice);
    },
    async cancelByText() {
      const order = own();
      if (!order) return;
      await text(`CANCEL ${order.code}`);
      await delay(100 + dice.below(200));
      await text('YES');
      for (let looks = 0; looks < 20 && !floor.isOver(); looks += 1) {
        await delay(100);
        const call = await floor.asker.ask(name, { kind: 'read-order', order: order.id }, dice);
        if (orderIn(call)?.status === 'cancelled') return;
      }
    },
    text: () =>
      text(
        dice.oneOf([
          'STATUS',
          'status',
          'HELP',
          'Asante sana',
          'NO',
          'Start',
          'START',
          'START',
          dice.hits(0.5) ? 'STOP' : 'YES',
        ]),
      ),
  };
  return { name, phone, dice, act: () => acts[dice.weighted(weights)]() };
}
