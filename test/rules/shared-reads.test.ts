// Owns the facts about sharing reads: nobody waits alone for what others wait for, and nobody sees the past.

import { expect, test } from 'vitest';
import { createSharedReads } from '../../src/platform/shared-reads.ts';

/** A read that ends when it is told to. */
function startedReads() {
  const started: { resolve: (value: string) => void; reject: (error: Error) => void }[] = [];
  const read = () => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    started.push({ resolve, reject });
    return promise;
  };
  return { started, read };
}

const settled = () => new Promise((done) => setImmediate(done));

test('a lone caller reads at once', () => {
  const { started, read } = startedReads();
  void createSharedReads<string>()('key', read);
  expect(started).toHaveLength(1);
});

test('those who come during a read share the next one, which starts when the first has ended', async () => {
  const { started, read } = startedReads();
  const share = createSharedReads<string>();
  const first = share('key', read);
  const later = [share('key', read), share('key', read), share('key', read)];
  expect(started).toHaveLength(1);
  started[0]?.resolve('old');
  expect(await first).toBe('old');
  await settled();
  expect(started).toHaveLength(2);
  const latest = share('key', read);
  started[1]?.resolve('new');
  expect(await Promise.all(later)).toEqual(['new', 'new', 'new']);
  await settled();
  started[2]?.resolve('newest');
  expect(await latest).toBe('newest');
  expect(started).toHaveLength(3);
});

test('different keys do not wait for one another', () => {
  const { started, read } = startedReads();
  const share = createSharedReads<string>();
  void share('one', read);
  void share('other', read);
  expect(started).toHaveLength(2);
});

test('a read that fails fails its callers, and the next is read all the same', async () => {
  const { started, read } = startedReads();
  const share = createSharedReads<string>();
  const failing = share('key', read);
  const next = share('key', read);
  started[0]?.reject(new Error('gone'));
  await expect(failing).rejects.toThrow('gone');
  await settled();
  started[1]?.resolve('back');
  expect(await next).toBe('back');
});

test('nothing is remembered once a read has ended', async () => {
  const { started, read } = startedReads();
  const share = createSharedReads<string>();
  const first = share('key', read);
  started[0]?.resolve('one');
  await first;
  void share('key', read);
  expect(started).toHaveLength(2);
});
