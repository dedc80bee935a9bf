// Owns the facts about package-lock.json: what is installed is what was locked, wherever, and without noise. Mended by `npm run lock`.

import { expect, test } from 'vitest';
import { lockedPackages, oldestNode, readLock } from '../../scripts/lock.ts';

const lock = readLock();
const foldersWhere = (isWrong: (locked: (typeof lock.packages)[string]) => boolean): string[] =>
  lockedPackages(lock).flatMap(([folder, locked]) => (isWrong(locked) ? [folder] : []));

test('every package is pinned by its hash, those of other platforms too', () => {
  expect(lockedPackages(lock).length).toBeGreaterThan(300);
  expect(foldersWhere(({ integrity }) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''))).toEqual([]);
});

test('no package names the registry that it once came from', () => {
  expect(foldersWhere(({ resolved }) => resolved !== undefined)).toEqual([]);
});

test('npm has nothing to warn of on the oldest Node that it may run on', () => {
  const ours = oldestNode(lock.packages['']?.engines?.node ?? '');
  expect(ours).toBe(20);
  expect(foldersWhere(({ engines }) => oldestNode(engines?.node ?? '') > ours)).toEqual([]);
});

test.each([
  ['>=20', 20],
  ['^20.19.0 || >=22.12.0', 20],
  ['^22.12.0 || ^24.0.0 || >=26.0.0', 22],
  ['22 || >=24', 22],
  ['*', 0],
  ['', 0],
])('a package that wants %j wants Node %i', (range, major) => {
  expect(oldestNode(range)).toBe(major);
});
