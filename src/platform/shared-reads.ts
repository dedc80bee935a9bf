// Owns the sharing of reads: those who ask for the same thing while it is being read wait for the next read, and share it.

/** Reads under a key. Whoever gets an answer asked before the read of it began, so nobody sees the past. */
export type ShareRead<T> = (key: string, read: () => Promise<T>) => Promise<T>;

interface Reads<T> {
  running: Promise<T>;
  /** Starts when `running` has ended; those who come meanwhile wait for it together. */
  next: Promise<T> | undefined;
}

/** Remembers nothing once a read has ended: it is not a cache, and holds one entry for each read under way. */
export function createSharedReads<T>(): ShareRead<T> {
  const readsByKey = new Map<string, Reads<T>>();

  function start(key: string, read: () => Promise<T>): Promise<T> {
    const reads: Reads<T> = { running: read(), next: undefined };
    readsByKey.set(key, reads);
    const end = () => {
      if (reads.next === undefined) readsByKey.delete(key);
    };
    reads.running.then(end, end);
    return reads.running;
  }

  return (key, read) => {
    const reads = readsByKey.get(key);
    if (!reads) return start(key, read);
    const startNext = () => start(key, read);
    reads.next ??= reads.running.then(startNext, startNext);
    return reads.next;
  };
}
