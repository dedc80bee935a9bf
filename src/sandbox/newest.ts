// Owns a list that keeps only its newest entries, so that a stand-in under load stays small.

export interface Newest<Entry> {
  add(entry: Entry): void;
  /** Newest first, at most `limit`, of those that `matches` lets through. */
  list(matches: (entry: Entry) => boolean, limit: number): Entry[];
  find(matches: (entry: Entry) => boolean): Entry | undefined;
  clear(): void;
}

export function createNewest<Entry>(keep: number): Newest<Entry> {
  let entries: Entry[] = [];
  return {
    add(entry) {
      entries.push(entry);
      // Dropping the older half now and then costs far less than shifting on every addition.
      if (entries.length >= 2 * keep) entries = entries.slice(-keep);
    },
    list(matches, limit) {
      const found: Entry[] = [];
      const oldest = Math.max(0, entries.length - keep);
      for (let index = entries.length - 1; index >= oldest && found.length < limit; index--) {
        const entry = entries[index];
        if (entry !== undefined && matches(entry)) found.push(entry);
      }
      return found;
    },
    find: (matches) => entries.findLast(matches),
    clear() {
      entries = [];
    },
  };
}
