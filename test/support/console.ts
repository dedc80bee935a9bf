// Owns that the console is built before any test asks for it, and not by every process that a test starts.

import { spawnSync } from 'node:child_process';
import { isStale, vite } from '../../src/commands/console-build.ts';

// oxlint-disable-next-line import/no-default-export -- how vitest finds a global set-up
export default function setup(): void {
  if (!isStale()) return;
  const { status, stderr } = spawnSync(process.execPath, [vite, 'build', 'console', '--logLevel', 'error'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the console could not be built: ${stderr}`);
}
