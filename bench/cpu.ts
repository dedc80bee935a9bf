// Owns CPU and memory accounting: what processes have used, read from /proc.

import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100;

interface ProcessStat {
  parent: number;
  cpuMs: number;
}

function readStat(pid: number): ProcessStat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command, in brackets, may hold spaces: fields are counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond };
  } catch {
    return undefined;
  }
}

/** CPU that a process and its children have used so far. Children that ended are not in it. */
export function treeCpuMs(root: number): number {
  const stats = new Map<number, ProcessStat>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? readStat(Number(name)) : undefined;
    if (stat) stats.set(Number(name), stat);
  }
  let total = 0;
  const visit = (pid: number) => {
    total += stats.get(pid)?.cpuMs ?? 0;
    for (const [child, stat] of stats) if (stat.parent === pid) visit(child);
  };
  visit(root);
  return total;
}

/** CPU of one process alone, without its children. */
export const ownCpuMs = (pid: number): number => readStat(pid)?.cpuMs ?? 0;

/** Resident memory of one process, in MB. */
export function residentMb(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? 0) / 1024;
}
