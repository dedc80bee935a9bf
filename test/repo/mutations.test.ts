// Owns the facts about the list of mutations: each can still be made, and its test is there.

import { existsSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { expect, test } from 'vitest';
import { applyMutation } from '../mutations/apply.ts';
import { mutations } from '../mutations/mutations.ts';

test('each can be made: its text stands in its file once, and what comes of it is TypeScript', () => {
  for (const mutation of mutations) {
    const source = readFileSync(mutation.file, 'utf8');
    const mutated = applyMutation(mutation, source);
    expect(mutated, mutation.bug).not.toBe(source);
    if (mutation.file.endsWith('.ts')) expect(() => stripTypeScriptTypes(mutated), mutation.bug).not.toThrow();
  }
});

test('each has a test, and says what no other says', () => {
  for (const { bug, test: file } of mutations) {
    expect(existsSync(file), `${bug}: ${file}`).toBe(true);
  }
  expect(new Set(mutations.map(({ bug }) => bug)).size).toBe(mutations.length);
});

test('each room has some', () => {
  const rooms = new Set(mutations.map(({ file }) => file.split('/')[1]));
  expect(rooms.size).toBeGreaterThanOrEqual(16);
  expect(mutations.length).toBeGreaterThanOrEqual(60);
});
