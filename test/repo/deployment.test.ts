// Owns the facts about the deployment's files: nothing is wrong with them, and the checks that say so catch mistakes.

import { expect, test } from 'vitest';
import { createFileChecks, readFiles } from '../../scripts/verify-deploy/static.ts';
import { mistakes } from './deployment-mistakes.ts';

const files = readFiles('.');
const checkFiles = await createFileChecks();

test('nothing is wrong with the Dockerfile, compose.yaml, k8s/ and the workflows', async () => {
  expect(files.size).toBeGreaterThan(12);
  expect(await checkFiles(files)).toEqual([]);
});

test.each(mistakes)('$file: $what is caught', async ({ file, from, to, rule }) => {
  const text = files.get(file) ?? '';
  expect(text).toContain(from);
  const findings = await checkFiles(new Map([...files, [file, text.replace(from, () => to)]]));
  expect(findings.map((finding) => finding.rule)).toContain(rule);
});
