// Owns `npm run mutate`: makes each bug of the list in a copy of the sources, one at a time, and runs the test that must notice it.
//
//   npm run mutate -- [part of a bug, a file or a test …]

import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { startLocalPostgres } from '../../src/local-database/local-postgres.ts';
import { applyMutation } from './apply.ts';
import type { Mutation } from './mutation.ts';
import { mutations } from './mutations.ts';

/** `survived`: no test failed. `broken`: something other than a test failed, so it says nothing about the tests. */
type Verdict = 'caught' | 'survived' | 'broken';

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { message: string; assertionResults: { failureMessages: string[] }[] }[];
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** What tests read of the repository. */
const copied = [
  'src',
  'test',
  'migrations',
  'docs',
  'scripts',
  'ops',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
];

// What a slip in the mutation itself leads to.
const slip = /SyntaxError|ReferenceError|Cannot find module|syntax error at or near|column .* does not exist/;

async function tryAll(chosen: readonly Mutation[]): Promise<number> {
  // Before anything slow is begun: each can be made.
  for (const mutation of chosen) applyMutation(mutation, readFileSync(mutation.file, 'utf8'));
  const folder = mkdtempSync(path.join(os.tmpdir(), 'agizo-mutations-'));
  for (const name of copied) cpSync(name, path.join(folder, name), { recursive: true });
  symlinkSync(path.resolve('node_modules'), path.join(folder, 'node_modules'));
  // One for all: each run of tests migrates a template of its own in it.
  const postgres = await startLocalPostgres(path.join(folder, 'postgres'), { fsync: 'off', max_connections: '300' });
  const passing = new Set<string>();
  let caught = 0;
  try {
    for (const [index, mutation] of chosen.entries()) {
      const { test, named = '' } = mutation;
      // A test that fails anyway would notice every bug.
      if (!passing.has(test + named)) await assertPasses(mutation, folder, postgres.url);
      passing.add(test + named);
      const startedMs = performance.now();
      const verdict = await tryOne(mutation, folder, postgres.url);
      if (verdict === 'caught') caught += 1;
      const seconds = Math.round((performance.now() - startedMs) / 1_000);
      const columns = [String(index + 1).padStart(3), verdict.padEnd(8), `${seconds} s`.padStart(5), mutation.bug];
      say(`${columns.join('  ')} (${mutation.file}; ${mutation.test})`);
    }
  } finally {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  say(`${caught} of ${chosen.length} were caught.`);
  return chosen.length - caught;
}

async function assertPasses(mutation: Mutation, folder: string, databaseUrl: string): Promise<void> {
  const report = await runTest(mutation, folder, databaseUrl);
  const isWell = verdictOf(report) === 'survived' && (report?.numPassedTests ?? 0) > 0;
  if (!isWell) throw new Error(`${mutation.test} does not pass as it is, or has no test "${mutation.named ?? ''}"`);
}

async function tryOne(mutation: Mutation, folder: string, databaseUrl: string): Promise<Verdict> {
  const file = path.join(folder, mutation.file);
  const before = readFileSync(file, 'utf8');
  const mutated = applyMutation(mutation, before);
  // Whatever doesn't even load is noticed by any test.
  if (mutation.file.endsWith('.ts')) stripTypeScriptTypes(mutated);
  writeFileSync(file, mutated);
  try {
    return verdictOf(await runTest(mutation, folder, databaseUrl));
  } finally {
    writeFileSync(file, before);
  }
}

/** @param report undefined where the tests didn't come to an end */
function verdictOf(report: Report | undefined): Verdict {
  if (!report) return 'broken';
  const failures = report.testResults.flatMap(({ message, assertionResults }) => [
    message,
    ...assertionResults.flatMap(({ failureMessages }) => failureMessages),
  ]);
  if (failures.some((each) => slip.test(each))) return 'broken';
  if (report.numFailedTests > 0) return 'caught';
  return failures.some((each) => each !== '') ? 'broken' : 'survived';
}

async function runTest({ test, named }: Mutation, folder: string, databaseUrl: string): Promise<Report | undefined> {
  const output = path.join(folder, 'report.json');
  rmSync(output, { force: true });
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', test, '--bail=1', '--coverage.enabled=false'];
  const options = ['--reporter=json', `--outputFile=${output}`, ...(named === undefined ? [] : ['-t', named])];
  const tests = spawn(process.execPath, [...vitest, ...options], {
    cwd: folder,
    stdio: 'ignore',
    env: { ...process.env, TEST_DATABASE_URL: databaseUrl },
  });
  await new Promise((resolve) => tests.once('exit', resolve));
  try {
    return JSON.parse(readFileSync(output, 'utf8')) as Report;
  } catch {
    return undefined;
  }
}

const asked = process.argv.slice(2);
const isAsked = ({ bug, file, test }: Mutation): boolean =>
  asked.length === 0 || asked.some((part) => [bug, file, test].some((text) => text.includes(part)));
process.exitCode = (await tryAll(mutations.filter(isAsked))) === 0 ? 0 : 1;
