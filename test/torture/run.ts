// Owns `npm run torture`: the tests of this folder, for as long as asked for, one after the other.

import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
});
for (const [name, value] of Object.entries(values)) {
  if (/^\d+$/.test(value)) continue;
  process.stderr.write(`--${name} must be a number. Usage: npm run torture -- [--seconds 60] [--seed N]\n`);
  process.exit(2);
}
const { status } = spawnSync(
  'vitest',
  ['run', 'test/torture', '--no-file-parallelism', '--disable-console-intercept'],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      TORTURE_SECONDS: values.seconds,
      ...(values.seed !== undefined && { TORTURE_SEED: values.seed }),
    },
  },
);
process.exit(status ?? 1);
