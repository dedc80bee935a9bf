// Owns the fact that what tests and torture start ends with them, however they end.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, test } from 'vitest';
import { isRunning } from '../support/process.ts';
import { eventually } from '../support/service.ts';

/** As a torture run does: starts something in a group of its own, which starts something too. */
const starter = `
  import { spawn } from 'node:child_process';
  import { startGuardian } from '${path.resolve('test/support/guardian.ts')}';
  const led = spawn('/bin/sh', ['-c', 'sleep 600 & echo $!; wait'], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  startGuardian().watch(led.pid);
  led.stdout.once('data', (text) => console.log(led.pid, String(text)));
  setInterval(() => undefined, 1000);`;

test.each(['SIGKILL', 'SIGTERM', 'SIGHUP'] as const)('of who is ended by %s nothing is left', async (signal) => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', starter], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  const pids = String(text).trim().split(/\s+/).map(Number);
  expect(pids.map(isRunning)).toEqual([true, true]);
  child.kill(signal);
  await eventually('all have ended', () => !pids.some(isRunning), 5_000);
});
