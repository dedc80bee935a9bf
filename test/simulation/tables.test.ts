// Owns the rule that nothing is stored of which the model doesn't know: every table is judged by a fact, or by a test that is named.

import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { facts, judgedElsewhere } from './model.ts';

const tables = [...readFileSync('schema.sql', 'utf8').matchAll(/^create table (\w+)/gm)].map(([, name = '']) => name);
const judged = new Set(facts.flatMap((fact) => fact.tables));
const elsewhere = Object.keys(judgedElsewhere);

test('every table of the schema has its place in the model: see "A new fact" in CONTRIBUTING.md', () => {
  expect(tables.length).toBeGreaterThan(25);
  expect(tables.filter((table) => !judged.has(table) && !elsewhere.includes(table))).toEqual([]);
});

test('what the model names is there, and is judged in one place', () => {
  expect([...judged, ...elsewhere].filter((table) => !tables.includes(table))).toEqual([]);
  expect(elsewhere.filter((table) => judged.has(table))).toEqual([]);
  const named = Object.values(judgedElsewhere).map((where) => where.match(/test\/[\w/.-]+\.test\.ts/)?.[0] ?? where);
  expect(named.filter((file) => !existsSync(file))).toEqual([]);
});
