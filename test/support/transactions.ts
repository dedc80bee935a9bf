// Owns where our code begins transactions, for tests: every place in the sources, and those that were come by.

import { globSync, readFileSync } from 'node:fs';
import { Kysely } from 'kysely';

/** Each as `src/orders/change-status.ts:38`. */
export const transactionsInSources = (): string[] =>
  globSync('src/**/*.ts').flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) => (line.includes('.transaction()') ? [`${file}:${index + 1}`] : [])),
  );

/** From now on, until it is stopped. */
export function noteTransactions(): { seen: Set<string>; stop(): void } {
  const prototype = Kysely.prototype as { transaction: () => unknown };
  const { transaction } = prototype;
  const seen = new Set<string>();
  prototype.transaction = function (this: unknown) {
    const [, place] = /\/(src\/\S+?\.ts:\d+):\d+/.exec(new Error().stack ?? '') ?? [];
    if (place !== undefined) seen.add(place);
    return transaction.call(this);
  };
  return { seen, stop: () => void (prototype.transaction = transaction) };
}
