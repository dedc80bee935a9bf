// Owns `npm run lock`: package-lock.json, made whole after a change of dependencies.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

export interface LockedPackage {
  version: string;
  resolved?: string;
  integrity?: string;
  /** A folder of our own. */
  link?: boolean;
  engines?: { node?: string };
}

export interface LockFile {
  /** By their folders; the product itself is the one without. */
  packages: Record<string, LockedPackage>;
}

const file = 'package-lock.json';

export const readLock = (): LockFile => JSON.parse(readFileSync(file, 'utf8')) as LockFile;

/** The packages, without the product itself and its console. */
export const lockedPackages = ({ packages }: LockFile): [folder: string, LockedPackage][] =>
  Object.entries(packages).filter(([folder, { link }]) => folder.includes('node_modules/') && link !== true);

/** The first major version of Node that a range such as `^22.12.0 || >=24` names. */
export const oldestNode = (range: string): number =>
  Math.min(...range.split('||').map((part) => Number(/\d+/.exec(part)?.[0] ?? 0)));

function writeLock(change: (lock: LockFile) => void): void {
  const lock = readLock();
  change(lock);
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}

/** npm leaves out the hash of a package that this platform skips, and asks for it again when the package is new to it. */
function completeHashes(): void {
  writeLock((lock) => {
    for (const [folder, { integrity }] of lockedPackages(lock)) if (!integrity) delete lock.packages[folder];
  });
  const { status } = spawnSync('npm', ['install', '--package-lock-only', '--ignore-scripts'], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

/**
 * npm warns of each package that wants a newer Node than npm runs on, where nothing is wrong: everything here runs on the
 * Node 24 that is installed beside it. It takes what a package wants from this file, and installs it just the same.
 */
function keepQuiet(): void {
  writeLock((lock) => {
    const ours = oldestNode(lock.packages['']?.engines?.node ?? '');
    for (const [, locked] of lockedPackages(lock)) {
      if (oldestNode(locked.engines?.node ?? '') > ours) delete locked.engines;
    }
  });
}

if (import.meta.main) {
  completeHashes();
  keepQuiet();
}
