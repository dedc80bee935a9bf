// Owns the data folder of the PostgreSQL from npm: that it can be written, and that one process has it.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { kill, pid as ownPid } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';

/** PostgreSQL can't be started, in one sentence for a person. */
export class LocalPostgresError extends Error {
  override name = 'LocalPostgresError';
}

const leftoverTimeoutMs = 5_000;

/** Node's own `recursive` never returns where a folder is there but takes none, such as /proc. */
function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  makeFolders(path.dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process that starts at the same time was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Makes the folder where there is none. @throws LocalPostgresError when it can't be written */
export function makeFolder(dataDir: string): void {
  try {
    makeFolders(dataDir);
    const probe = path.join(dataDir, `.probe-${ownPid}`);
    writeFileSync(probe, '');
    unlinkSync(probe);
  } catch (error) {
    throw new LocalPostgresError(
      `The data folder ${dataDir} can't be written (${(error as NodeJS.ErrnoException).code}): set DATA_DIR to one that can.`,
    );
  }
}

/** The process that uses a data folder writes its number there; one that was killed left it, and maybe PostgreSQL, behind. */
export async function claimFolder(dataDir: string, cluster: string): Promise<void> {
  const ownerFile = path.join(dataDir, 'owner.pid');
  const owner = existsSync(ownerFile) ? Number(readFileSync(ownerFile, 'utf8')) : undefined;
  const file = path.join(cluster, 'postmaster.pid');
  const postmaster = existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : undefined;
  if (postmaster !== undefined && runsOn(postmaster, cluster)) {
    if (owner !== undefined && owner !== ownPid && isAlive(owner)) throw inUse(dataDir, `by process ${owner}`);
    await endLeftover(postmaster, cluster);
  }
  writeFileSync(ownerFile, String(ownPid));
}

export const inUse = (dataDir: string, by: string) =>
  new LocalPostgresError(`The data folder ${dataDir} is in use ${by}: stop it, or set DATA_DIR to another.`);

/** Its owner is gone: its guardian is ending it already, or was killed too. */
async function endLeftover(postmaster: number, cluster: string): Promise<void> {
  const deadlineMs = performance.now() + leftoverTimeoutMs;
  for (; runsOn(postmaster, cluster) && performance.now() < deadlineMs; await delay(50)) {
    try {
      kill(postmaster, 'SIGINT');
    } catch {
      // It ended in between, or is another user's: then PostgreSQL will say so.
    }
  }
}

/** Whether this process is the PostgreSQL of this folder: its number may have been given to somebody else since. */
export function runsOn(pid: number, cluster: string): boolean {
  if (!isAlive(pid)) return false;
  const file = `/proc/${pid}/cmdline`;
  try {
    if (existsSync('/proc/self/cmdline')) return readFileSync(file, 'utf8').split('\0').includes(cluster);
  } catch {
    return false;
  }
  const { stdout, status } = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 && stdout.includes(cluster);
}

export function isAlive(pid: number): boolean {
  try {
    return kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
