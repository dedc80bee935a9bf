// Owns how requests are counted: by key, in windows of a minute that begin with the first, with what other processes have counted.

/** A minute, from the first request of a key. */
export const windowMs = 60_000;

/** Past it the windows that began first are forgotten: a flood from ever new addresses takes no more memory than this. */
const maxKeys = 50_000;

interface Window {
  /** Counted here. */
  own: number;
  /** Of those, what the others have been told of. */
  told: number;
  /** What all processes had told when we last told: ours among it. */
  shared: number;
  endsMs: number;
  isRefusing: boolean;
}

export interface Counted {
  /** False where the quota was used up; such a request is not counted. */
  isWithin: boolean;
  /** The first refusal of the window. */
  isFirst: boolean;
  left: number;
  leftMs: number;
}

export interface Unshared {
  key: string;
  count: number;
  leftMs: number;
}

/** What a key has been asked for in all, as the shared table says it. */
export interface Shared {
  key: string;
  count: number;
  leftMs: number;
}

export interface RequestCounter {
  /** Counts a request against a quota. Times go by a clock that only goes forward. */
  count(key: string, quota: number, nowMs: number): Counted;
  /** What others don't know of yet, of keys that have had enough requests to be worth telling. */
  takeUnshared(limit: number, nowMs: number): Unshared[];
  hasUnshared(): boolean;
  /** Takes in the answer to what was told. */
  share(told: readonly Unshared[], shared: readonly Shared[], nowMs: number): void;
  keys(): number;
}

/**
 * A key is told of each time it has had another fiftieth of its quota: those who ask as people do never are, and all
 * processes together let through a few hundredths too many at most.
 */
const shareOf = (quota: number): number => Math.max(1, Math.floor(quota / 50));

export function createRequestCounter(): RequestCounter {
  // In the order in which windows began, so that the first are those that end first.
  const windows = new Map<string, Window>();
  const unshared = new Set<string>();

  function open(key: string, nowMs: number): Window {
    windows.delete(key);
    for (const [oldest, { endsMs }] of windows) {
      if (endsMs > nowMs && windows.size < maxKeys) break;
      windows.delete(oldest);
    }
    const window: Window = { own: 0, told: 0, shared: 0, endsMs: nowMs + windowMs, isRefusing: false };
    windows.set(key, window);
    return window;
  }

  return {
    count(key, quota, nowMs) {
      let window = windows.get(key);
      if (!window || window.endsMs <= nowMs) window = open(key, nowMs);
      const before = window.shared + window.own - window.told;
      const leftMs = window.endsMs - nowMs;
      if (before >= quota) {
        const isFirst = !window.isRefusing;
        window.isRefusing = true;
        return { isWithin: false, isFirst, left: 0, leftMs };
      }
      window.own += 1;
      if (window.own - window.told >= shareOf(quota)) unshared.add(key);
      return { isWithin: true, isFirst: false, left: quota - before - 1, leftMs };
    },
    takeUnshared(limit, nowMs) {
      const taken: Unshared[] = [];
      for (const key of unshared) {
        if (taken.length === limit) break;
        unshared.delete(key);
        const window = windows.get(key);
        if (!window || window.endsMs <= nowMs) continue;
        taken.push({ key, count: window.own - window.told, leftMs: window.endsMs - nowMs });
      }
      return taken;
    },
    hasUnshared: () => unshared.size > 0,
    share(told, shared, nowMs) {
      const countsByKey = new Map(told.map(({ key, count }) => [key, count]));
      for (const { key, count, leftMs } of shared) {
        const window = windows.get(key);
        if (!window) continue;
        window.told += countsByKey.get(key) ?? 0;
        window.shared = count;
        window.endsMs = nowMs + leftMs;
      }
    },
    keys: () => windows.size,
  };
}
