// Owns CPU and memory accounting: what processes have used, read from /proc.

import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100;

interface ProcessStat {
  parent: number;
  cpuMs: number;
  /** Of children that ended and were waited for, with theirs. */
  endedChildrenCpuMs: number;
}

function readStat(pid: number): ProcessStat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command, in brackets, may hold spaces: fields are counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ms = (first: number) => ((Number(fields[first]) + Number(fields[first + 1])) * 1000) / ticksPerSecond;
    return { parent: Number(fields[1]), cpuMs: ms(11), endedChildrenCpuMs: ms(13) };
  } catch {
    return undefined;
  }
}

/** CPU that a process, its children and theirs have used so far: those that live and those that ended. */
export function treeCpuMs(root: number): number {
  const stats = new Map<number, ProcessStat>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? readStat(Number(name)) : undefined;
    if (stat) stats.set(Number(name), stat);
  }
  let total = 0;
  const visit = (pid: number) => {
    const found = stats.get(pid);
    if (!found) return;
    total += found.cpuMs + found.endedChildrenCpuMs;
    for (const [child, stat] of stats) if (stat.parent === pid) visit(child);
  };
  visit(root);
  return total;
}

/** CPU of one process alone, without its children. */
export const ownCpuMs = (pid: number): number => readStat(pid)?.cpuMs ?? 0;

/** CPU of the children of a process that have ended, such as a load generator. */
export const endedChildrenCpuMs = (pid: number): number => readStat(pid)?.endedChildrenCpuMs ?? 0;

/** Resident memory of one process, in MB. */
export function residentMb(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? 0) / 1024;
}
