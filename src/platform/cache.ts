// Owns the bounded in-memory cache.

export interface Cache<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
}

/**
 * Keeps at least the `maxEntries / 2` most recently used entries and never more than `maxEntries`. Two generations
 * instead of a list in order of use: a hit costs one look-up, and forgetting is dropping the older generation whole.
 * Values carry their own expiry where they have one.
 */
export function createCache<Value>(maxEntries: number): Cache<Value> {
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();
  const set = (key: string, value: Value) => {
    if (young.size >= maxEntries / 2) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
  };
  return {
    get(key) {
      const recent = young.get(key);
      if (recent !== undefined) return recent;
      const value = old.get(key);
      if (value !== undefined) set(key, value);
      return value;
    },
    set,
  };
}
