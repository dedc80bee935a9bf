// Owns the rules of the house that a machine can hold: who imports whom, where tables are named, how files open.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

/** The table of ARCHITECTURE.md. */
const mayImport: Record<string, string[]> = {
  platform: [],
  'local-database': [],
  schema: [],
  front: ['platform'],
  console: ['platform'],
  files: ['platform'],
  phones: ['platform'],
  callbacks: ['platform'],
  writing: ['platform'],
  identity: ['platform', 'writing'],
  idempotency: ['platform', 'identity'],
  search: ['platform'],
  limits: ['platform', 'identity'],
  catalog: ['platform', 'writing', 'identity', 'idempotency', 'search', 'audit'],
  imports: ['platform', 'writing', 'files', 'identity', 'idempotency', 'audit', 'catalog'],
  customers: ['platform', 'phones', 'identity', 'search'],
  stock: ['platform', 'identity', 'catalog'],
  orders: ['platform', 'phones', 'identity', 'idempotency', 'search', 'stock', 'customers', 'audit'],
  audit: ['platform', 'identity'],
  texts: ['platform', 'phones', 'identity', 'audit', 'customers', 'orders'],
  messages: ['platform', 'callbacks', 'phones', 'identity', 'audit', 'customers', 'orders'],
  sending: ['platform', 'phones', 'identity', 'audit', 'messages'],
  conversations: ['platform', 'writing', 'callbacks', 'phones', 'identity', 'customers', 'orders', 'texts', 'messages'],
  timeline: ['platform', 'orders', 'messages'],
  desk: ['platform', 'identity', 'idempotency', 'orders', 'timeline'],
  announcements: ['platform', 'customers', 'orders', 'texts', 'messages'],
  reports: ['platform', 'files', 'identity', 'catalog', 'customers', 'orders', 'messages'],
  privacy: [
    ...[
      'platform',
      'files',
      'identity',
      'limits',
      'audit',
      'customers',
      'orders',
      'messages',
      'conversations',
      'timeline',
    ],
  ],
  sandbox: ['platform', 'phones', 'identity'],
};

/** Puts the rest together, and may import everything. */
const composition = ['commands'];

const rooms = readdirSync('src', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !composition.includes(entry.name))
  .map(({ name }) => name);

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(path.join('src', file), 'utf8') }));

const roomOf = (file: string): string | undefined => rooms.find((room) => file.startsWith(`${room}/`));

function importsOf({ file, text }: { file: string; text: string }): string[] {
  return [...text.matchAll(/from '(\.[^']+)'/g)].map((match) => path.join(path.dirname(file), match[1] ?? ''));
}

test('there is something to check', () => {
  expect(files.length).toBeGreaterThan(50);
  expect(files.flatMap(importsOf).length).toBeGreaterThan(100);
});

test.each(rooms)('%s imports only what the table allows', (room) => {
  const wrong = files
    .filter(({ file }) => roomOf(file) === room)
    .flatMap((each) => importsOf(each).map((target) => ({ file: each.file, target })))
    .filter(({ target }) => {
      const to = roomOf(target);
      return to === undefined || (to !== room && !mayImport[room]?.includes(to));
    });
  expect(wrong).toEqual([]);
});

test('every room is in the table', () => {
  expect(Object.keys(mayImport).toSorted()).toEqual(rooms.toSorted());
});

test('the table is the one in ARCHITECTURE.md', () => {
  const text = readFileSync('ARCHITECTURE.md', 'utf8');
  for (const [room, allowed] of Object.entries(mayImport)) {
    expect(text).toContain(`| ${room} | ${allowed.length === 0 ? 'nothing of ours' : allowed.join(', ')} |`);
  }
});

test('nobody but app.ts and service.ts reaches the sandbox', () => {
  const reaching = files.filter(
    (each) => roomOf(each.file) !== 'sandbox' && importsOf(each).some((target) => roomOf(target) === 'sandbox'),
  );
  expect(reaching.map(({ file }) => file).toSorted()).toEqual(['app.ts', 'service.ts']);
});

/** A level is part of what a reader sees of a product, and is set with it. */
const alsoNamedIn: Record<string, string> = { stock: 'catalog' };

test('a table is named only in the stores of its slice', () => {
  const owners = new Map<string, string>();
  for (const { file, text } of files) {
    const declared = /interface Database \{([^}]+(?:\{[^}]*\}[^}]*)*)\}/.exec(text)?.[1] ?? '';
    for (const match of declared.matchAll(/^\s*(\w+): /gm)) owners.set(match[1] ?? '', roomOf(file) ?? file);
  }
  expect(owners.size).toBeGreaterThan(8);
  const wrong = files.flatMap(({ file, text }) =>
    [...owners].flatMap(([table, slice]) => {
      const named = new RegExp(
        `(?:from|join|into|update|selectFrom\\('|updateTable\\('|insertInto\\('|deleteFrom\\(')\\s*\\b${table}\\b`,
      ).test(text.replace(/^\s*(\/\/|\*|\/\*).*$/gm, ''));
      const isStore = /(?:^|\/)[a-z-]*store\.ts$|platform\/jobs\.ts$/.test(file);
      const isHome = roomOf(file) === slice || roomOf(file) === alsoNamedIn[table];
      return named && !(isStore && isHome) ? [`${file} names ${table} of ${slice}`] : [];
    }),
  );
  expect(wrong).toEqual([]);
});

test('only main.ts touches the process, and only config.ts reads the environment', () => {
  // The PostgreSQL from npm ends with its owner, and needs to know who that is.
  const exceptions = ['main.ts', 'local-database/data-folder.ts', 'local-database/local-postgres.ts'];
  const touching = files.filter(
    ({ file, text }) => !exceptions.includes(file) && /\bprocess\.\w|from 'node:process'/.test(text),
  );
  expect(touching.map(({ file }) => file)).toEqual([]);
});

/** Files that can be reached from each other, as one finds them by following imports. */
function circles(): string[][] {
  const targets = new Map(files.map((each) => [each.file, importsOf(each)]));
  const reached = (from: string): Set<string> => {
    const seen = new Set<string>();
    const ahead = [...(targets.get(from) ?? [])];
    for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      ahead.push(...(targets.get(next) ?? []));
    }
    return seen;
  };
  return files.map(({ file }) => [file, ...reached(file)]).filter(([file, ...others]) => others.includes(file ?? ''));
}

test('nothing imports itself by a detour, inside a room either', () => {
  expect(circles().map(([file]) => file)).toEqual([]);
});

test('routes begin no transaction', () => {
  const deciding = files.filter(({ file, text }) => file.endsWith('routes.ts') && text.includes('.transaction()'));
  expect(deciding.map(({ file }) => file)).toEqual([]);
});

test('a file holds one idea, and a room can be read at a sitting', () => {
  const lines = (text: string) => text.split('\n').length - 1;
  expect(files.filter(({ text }) => lines(text) > 300).map(({ file }) => file)).toEqual([]);
  const sizes = Map.groupBy(files, ({ file }) => (file.includes('/') ? path.dirname(file).split('/')[0] : 'src'));
  const large = [...sizes].filter(([, inside]) => inside.reduce((sum, { text }) => sum + lines(text), 0) > 2_500);
  expect(large.map(([room]) => room)).toEqual([]);
});

test('every file opens with what it owns, and exports nothing by default', () => {
  for (const { file, text } of files) {
    expect(text, file).toMatch(/^\/\/ Owns .+\.\n/);
    expect(text, file).not.toMatch(/^export default/m);
  }
});

test('what costs memory and is only wanted where it is configured is loaded only there', () => {
  const naming = (pattern: RegExp) => files.filter(({ text }) => pattern.test(text)).map(({ file }) => file);
  expect(naming(/from '@opentelemetry\//)).toEqual(['platform/open-telemetry.ts']);
  expect(naming(/from '[^']*open-telemetry\.ts'/)).toEqual([]);
  expect(naming(/await import\('[^']*open-telemetry\.ts'\)/)).toEqual(['commands/serve.ts']);
});
