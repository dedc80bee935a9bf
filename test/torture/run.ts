// Owns `npm run torture`: the tests of this folder, for as long as asked for, one after the other.

import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { startGuardian } from '../support/guardian.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
});
for (const [name, value] of Object.entries(values)) {
  if (/^\d+$/.test(value)) continue;
  process.stderr.write(`--${name} must be a number. Usage: npm run torture -- [--seconds 60] [--seed N]\n`);
  process.exit(2);
}
const tests = spawn('vitest', ['run', 'test/torture', '--no-file-parallelism', '--disable-console-intercept'], {
  // A group of its own, which ends as a whole when this process does.
  detached: true,
  stdio: 'inherit',
  env: {
    ...process.env,
    TORTURE_SECONDS: values.seconds,
    ...(values.seed !== undefined && { TORTURE_SEED: values.seed }),
  },
});
startGuardian().watch(tests.pid as number);
tests.once('exit', (code) => process.exit(code ?? 1));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));
// npm keeps signals to itself, and may be killed: then nobody else will tell us.
const parent = process.ppid;
setInterval(() => process.ppid !== parent && process.exit(1), 500).unref();
