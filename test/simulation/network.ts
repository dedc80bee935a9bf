// Owns the phone network of a simulation: it calls back what became of each SMS, now or later, once or twice, in any order.

import { setTimeout as delay } from 'node:timers/promises';
import type { Dice } from '../support/chance.ts';
import type { StandIns } from '../support/sandbox.ts';
import type { Asker } from './asking.ts';

export interface Network {
  /** Resolves when everything that there was to call back has been called back. */
  end(): Promise<void>;
}

/** @param world whose gateway says what became of each */
export function startNetwork(world: StandIns, asker: Asker, dice: Dice): Network {
  let next = 0;
  const over = new AbortController();
  const underWay = new Set<Promise<void>>();

  async function callBack(id: string, status: string): Promise<void> {
    const times = dice.hits(0.15) ? 2 : 1;
    for (let time = 0; time < times; time += 1) {
      if (dice.hits(0.3)) await delay(dice.below(600));
      await asker.ask('network', { kind: 'report', id, status }, dice);
    }
  }
  async function work(): Promise<void> {
    while (!over.signal.aborted || next < world.calledBack.length || underWay.size > 0) {
      for (const { path, form } of world.calledBack.slice(next)) {
        next += 1;
        if (!path.endsWith('/delivery')) continue;
        const calling = callBack(form['id'] ?? '', form['status'] ?? '');
        underWay.add(calling);
        void calling.finally(() => underWay.delete(calling));
      }
      await delay(20);
    }
  }
  const working = work();
  return {
    async end() {
      over.abort();
      await working;
    },
  };
}
