// Owns the rule that every column of the schema has its place in docs/privacy.md: as personal data, with what becomes of it, or as none.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const document = readFileSync('docs/privacy.md', 'utf8');

/** `table.column` of the whole schema. */
const columns = [
  ...readFileSync('schema.sql', 'utf8').matchAll(/^create (?:unlogged )?table (\w+) \(\n(.*?)^\)/gms),
].flatMap(([, table, body = '']) =>
  [...body.matchAll(/^ {2}"?(\w+)"? /gm)].flatMap(([, name]) => (name === 'constraint' ? [] : [`${table}.${name}`])),
);

const section = (title: string) => document.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';

const personal = [...section('What is held on people').matchAll(/^\| (`.+?`) \|/gm)].flatMap(([, where = '']) =>
  [...where.matchAll(/`(\w+\.\w+)`/g)].map((match) => match[1] ?? ''),
);
const others = [...section('What says nothing of a person').matchAll(/^\| `(\w+)` \| (.+) \|$/gm)].flatMap(
  ([, table, names = '']) => [...names.matchAll(/`(\w+)`/g)].map((match) => `${table}.${match[1]}`),
);

test('the schema is read', () => {
  expect(columns.length).toBeGreaterThan(200);
  expect(personal.length).toBeGreaterThan(50);
});

test('each column is listed as personal data or as none, and once', () => {
  expect([...personal, ...others].toSorted()).toEqual(columns.toSorted());
});
