// Owns `npm run fuzz -- [--requests N] [--seed S]`: the fuzzing of the tests, for longer.

import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
process.stdout.write(`${values.requests} requests, seed ${values.seed}\n`);
const tests = spawn('vitest', ['run', 'test/fuzz', '--coverage.enabled=false'], {
  stdio: 'inherit',
  env: { ...process.env, FUZZ_REQUESTS: values.requests, FUZZ_SEED: values.seed },
});
tests.once('exit', (code) => (process.exitCode = code ?? 1));
