// Owns shares: how much of one kind of work may be under way at once, so that it leaves the rest to others.

import { Problem, unavailable } from './problem.ts';

export interface ShareOptions {
  /** How many may be under way. */
  atOnce: number;
  /** How many more may wait for their turn; whoever comes then is refused at once. */
  waiting: number;
  /** How long one waits at most. */
  patienceMs: number;
  /** What is said to those who are refused. */
  refusal: string;
}

/** Does work when it is its turn. @throws Problem unavailable, with when to come again */
export type Share = <T>(work: () => Promise<T>) => Promise<T>;

export function createShare({ atOnce, waiting, patienceMs, refusal }: ShareOptions): Share {
  const queue: (() => void)[] = [];
  let underWay = 0;
  const refuse = () => new Problem(unavailable, refusal, { headers: { 'retry-after': '1' } });

  function turn(): Promise<void> {
    if (underWay < atOnce) {
      underWay += 1;
      return Promise.resolve();
    }
    if (queue.length >= waiting) return Promise.reject(refuse());
    return new Promise((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        queue.splice(queue.indexOf(begin), 1);
        reject(refuse());
      }, patienceMs);
      queue.push(begin);
    });
  }

  /** The place goes to who waits the longest, or is free. */
  function leave(): void {
    const next = queue.shift();
    if (next) next();
    else underWay -= 1;
  }

  return async (work) => {
    await turn();
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
