// Owns the facts about counting requests: windows, what processes tell each other, and by what an address is counted.

import { expect, test } from 'vitest';
import { addressKey } from '../../src/limits/address.ts';
import { createRequestCounter, type RequestCounter, type Shared } from '../../src/limits/request-counter.ts';

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['203.0.113.7:51820', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['0:0:0:0:0:FFFF:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
  ['[2001:db8:1:2::9]:443', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['64:ff9b::203.0.113.7', '64:ff9b:0:0::/64'],
  ['not an address', 'unknown'],
  ['', 'unknown'],
])('%s is counted as %s', (address, key) => {
  expect(addressKey(address)).toBe(key);
});

const within = (counter: RequestCounter, times: number, nowMs: number, quota = 100): number => {
  let count = 0;
  for (let time = 0; time < times; time += 1) if (counter.count('caller amina', quota, nowMs).isWithin) count += 1;
  return count;
};

test('a window lets its quota through, and the next one begins a minute after its first request', () => {
  const counter = createRequestCounter();
  expect(within(counter, 150, 1_000)).toBe(100);
  expect(counter.count('caller amina', 100, 60_999)).toEqual({ isWithin: false, isFirst: false, left: 0, leftMs: 1 });
  expect(within(counter, 150, 61_000)).toBe(100);
});

test('keys have windows of their own', () => {
  const counter = createRequestCounter();
  within(counter, 100, 0);
  expect(counter.count('caller baraka', 100, 0)).toEqual({ isWithin: true, isFirst: false, left: 99, leftMs: 60_000 });
});

test('who asks little is told to nobody', () => {
  const counter = createRequestCounter();
  counter.count('caller amina', 100, 0);
  expect(counter.hasUnshared()).toBe(false);
  counter.count('caller amina', 100, 0);
  expect(counter.takeUnshared(10, 5)).toEqual([{ key: 'caller amina', count: 2, leftMs: 59_995 }]);
  expect(counter.hasUnshared()).toBe(false);
});

test.each([1, 2, 4, 8])('%i processes let through a quota and a fiftieth for each of the others', (processes) => {
  const counters = Array.from({ length: processes }, createRequestCounter);
  let total = 0;
  let passed = 0;
  for (let turn = 0; turn < 4_000; turn += 1) {
    const counter = counters[(turn * 7) % processes] as RequestCounter;
    if (counter.count('address 203.0.113.7', 1_200, 0).isWithin) passed += 1;
    const told = counter.takeUnshared(10, 0);
    if (told.length === 0) continue;
    total += told[0]?.count ?? 0;
    const shared: Shared[] = [{ key: 'address 203.0.113.7', count: total, leftMs: 60_000 }];
    counter.share(told, shared, 0);
  }
  expect(passed).toBeGreaterThanOrEqual(1_200);
  expect(passed).toBeLessThanOrEqual(1_200 + 24 * (processes - 1) * 2);
});

test('a flood from two hundred thousand addresses takes bounded memory', () => {
  const counter = createRequestCounter();
  for (let address = 0; address < 200_000; address += 1) counter.count(`address ${address}`, 1_200, 0);
  expect(counter.keys()).toBeLessThanOrEqual(50_000);
});
