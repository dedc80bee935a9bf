// Owns the facts about bringing products in from a file, and about seeding.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { agizo, type Ended } from '../support/agizo.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let environment: Record<string, string>;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'agizo-import-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(async () => {
  service = await startService({ worker: false });
  environment = { DATABASE_URL: service.databaseUrl };
  return () => service.stop();
});

function importFile(lines: string[], ...options: string[]): Promise<Ended> {
  return importBytes(Buffer.from(lines.join('\n')), ...options);
}

function importBytes(bytes: Buffer, ...options: string[]): Promise<Ended> {
  const file = path.join(folder, 'products.csv');
  writeFileSync(file, bytes);
  return agizo(['import', 'products', file, ...options], environment);
}

const list = async (query = '') => (await service.request('GET', `/api/v1/products/?limit=200&${query}`)).body;
const categories = async () => (await service.request('GET', '/api/v1/categories/?limit=200')).body;

/** What is in the catalogue, by SKU. */
async function shelf(): Promise<Record<string, { name: string; price: number; stock: number | null }>> {
  const products: { sku: string; name: string; price: number; stock: number | null }[] = await list();
  return Object.fromEntries(products.map(({ sku, name, price, stock }) => [sku, { name, price, stock }]));
}

const file = [
  'sku,name,category,price,stock,description',
  'MUG-1,"Mug, blue",Kitchen > Mugs,120.50,10,"For ""chai"""',
  'MUG-2,Mug,Kitchen > Mugs,100,,',
  'LAMP-1,Lamp,Light,900,3,Bright',
];

test('adds products and the categories of their paths, once, and finds nothing to do the second time', async () => {
  const first = await importFile(file);
  expect(first).toEqual({ exitCode: 0, stdout: '3 rows: 3 created, 0 updated, 0 unchanged, 0 refused.\n', stderr: '' });
  expect(await shelf()).toEqual({
    'MUG-1': { name: 'Mug, blue', price: 120.5, stock: 10 },
    'MUG-2': { name: 'Mug', price: 100, stock: null },
    'LAMP-1': { name: 'Lamp', price: 900, stock: 3 },
  });
  const [mugs] = (await categories()).filter((each: { title: string }) => each.title === 'Mugs');
  expect((await list(`category_id=${mugs.parent}`)).map((each: { sku: string }) => each.sku).toSorted()).toEqual([
    'MUG-1',
    'MUG-2',
  ]);

  const before = [await list(), await categories()];
  expect((await importFile(file)).stdout).toBe('3 rows: 0 created, 0 updated, 3 unchanged, 0 refused.\n');
  expect([await list(), await categories()]).toEqual(before);
});

test('changes of a product what the file says of it, and leaves the rest', async () => {
  await importFile(file);
  const { stdout } = await importFile(['Stock;SKU', '7;MUG-1', ';LAMP-1', ';MUG-2']);
  expect(stdout).toBe('3 rows: 0 created, 2 updated, 1 unchanged, 0 refused.\n');
  expect(await shelf()).toMatchObject({
    'MUG-1': { name: 'Mug, blue', price: 120.5, stock: 7 },
    'LAMP-1': { name: 'Lamp', price: 900, stock: null },
  });
  await importFile(['sku,price,category', 'LAMP-1,850,Light > Indoors']);
  const [lamp] = await list('search=lamp');
  const [indoors] = (await categories()).filter((each: { title: string }) => each.title === 'Indoors');
  expect(lamp).toMatchObject({ price: 850, name: 'Lamp', description: 'Bright', category: indoors.id });
});

test('reports every bad row with its line and all its reasons, and imports the others', async () => {
  const { exitCode, stdout, stderr } = await importFile([
    'sku,name,category,price,stock',
    'A,Good,Things,1,1',
    ',"",> Things,one,-1',
    'B,Fine,Things,2,2',
    'A,Again,Things,3,3',
    'C,Short,Things',
    'D,Cents,Things,1.005,',
  ]);
  expect(exitCode).toBe(1);
  expect(stdout).toBe('6 rows: 2 created, 0 updated, 0 unchanged, 4 refused.\n');
  expect(stderr.split('\n')).toEqual([
    'line 3: sku is empty; name is empty; category "> Things" is not a path such as "Kitchen > Mugs"; ' +
      'price "one" is not an amount such as 1450 or 19.99; stock "-1" is not a whole number up to 1000000000, nor empty for "not counted"',
    'line 5: sku "A" is that of line 2 too',
    'line 6: has 3 fields where the first line names 5',
    'line 7: price "1.005" is not an amount such as 1450 or 19.99',
    '',
  ]);
  expect(Object.keys(await shelf()).toSorted()).toEqual(['A', 'B']);
});

test('a new product needs name, category and price', async () => {
  const { exitCode, stderr } = await importFile(['sku,stock', 'NEW,1']);
  expect([exitCode, stderr]).toEqual([
    1,
    'line 2: sku "NEW" is new, and a new product needs name, category, and price\n',
  ]);
});

test('a dry run says the same, and changes nothing', async () => {
  await importFile(file.slice(0, 2));
  const before = [await list(), await categories()];
  const changed = [...file, 'MUG-1,x,y,z,1,', 'PAN,Pan,Kitchen > Pans,5,,'].map((line) => line.replace('120.50', '99'));
  const { exitCode, stdout } = await importFile(changed, '--dry-run');
  expect([exitCode, stdout]).toEqual([
    1,
    '5 rows: 3 to create, 1 to update, 0 unchanged, 1 refused. Dry run: nothing was changed.\n',
  ]);
  expect([await list(), await categories()]).toEqual(before);
});

test.each([
  ['no such file', ['nowhere.csv'], "nowhere.csv can't be read (ENOENT).\n"],
  ['a folder', ['.'], '. is a folder.\n'],
])('%s is one sentence', async (_what, args, sentence) => {
  expect(await agizo(['import', 'products', ...args], environment)).toMatchObject({ exitCode: 1, stderr: sentence });
});

test.each([
  ['without a sku', 'name,price', /line 1: must name the columns, "sku" among them/],
  ['with an unknown column', 'sku,colour', /line 1: has unknown columns: colour\. Known: sku, name/],
  ['that names one twice', 'sku,price,SKU', /line 1: names the column "sku" twice/],
  ['that is empty', '', /line 1: must name the columns: the file is empty/],
])('a first line %s is refused', async (_what, header, message) => {
  const ended = await agizo(
    ['import', 'products', '-'],
    environment,
    `${header}\nA,1\n`.trimStart().replace(/^A,1\n$/, ''),
  );
  expect(ended).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(message) });
});

test('a file as a spreadsheet keeps it is understood: its own separator, rows of delimiters, amounts with marks', async () => {
  const { exitCode, stdout, stderr } = await importFile([
    'sep=;\r',
    'Item code;Item name;Category;Price (KES);Qty;\r',
    'A;Pipe 2", long;Things;10,50;15.0;\r',
    'B;Tap;Things;KES 1,450.00;;\r',
    'C;Sink;Things;1,450;1;\r',
    ';;;;;\r',
    ';;;;;\r',
  ]);
  expect([exitCode, stdout]).toEqual([1, '3 rows: 2 created, 0 updated, 0 unchanged, 1 refused.\n']);
  expect(stderr).toBe('line 5: price "1,450" can be 1.45 or 1450: write 1.45 or 1450.00\n');
  expect(await shelf()).toEqual({
    A: { name: 'Pipe 2", long', price: 10.5, stock: 15 },
    B: { name: 'Tap', price: 1450, stock: null },
  });
});

test('a byte that is not UTF-8 is named with its line, and the encoding it may be in can be said', async () => {
  const bytes = Buffer.from('sku,name,category,price\nA,Tea,Food,1\nB,Cr\xe8me br\xfbl\xe9e,Food,2\n', 'latin1');
  const refused = await importBytes(bytes);
  expect([refused.exitCode, refused.stderr]).toEqual([
    1,
    'line 3: has the byte E8 after "B,Cr", which is not UTF-8, but would be "è" in Windows-1252: save the file as "CSV UTF-8", ' +
      'or import it with --encoding windows-1252. Nothing after it was read.\n',
  ]);
  expect((await importBytes(bytes, '--encoding', 'windows-1252')).exitCode).toBe(0);
  expect((await shelf())['B']?.name).toBe('Crème brûlée');
  const unknown = await importBytes(bytes, '--encoding', 'ebcdic');
  expect([unknown.exitCode, unknown.stderr]).toEqual([
    2,
    '--encoding takes a name such as windows-1252 or utf-8.\nSee agizo import products --help.\n',
  ]);
});

test('a stock that was sold from since the file was written is not put back when the file says what it had seen', async () => {
  await importFile(['sku,name,category,price,stock', 'A,A,Things,1,10', 'B,B,Things,1,10', 'C,C,Things,1,']);
  const sold = service.db.selectFrom('products').select('id').where('sku', '=', 'A');
  await service.db.updateTable('stock').set({ on_hand: 7 }).where('product_id', 'in', sold).execute();
  const lines = ['sku,stock was,stock,price', 'A,10,30,2', 'B,10,30,2', 'C,,5,2'];
  const { exitCode, stdout, stderr } = await importFile(lines);
  expect([exitCode, stdout]).toEqual([1, '3 rows: 0 created, 2 updated, 0 unchanged, 1 refused.\n']);
  expect(stderr).toBe('line 2: stock was 10 when the file was written and is 7 now: count it again\n');
  expect(await shelf()).toMatchObject({
    A: { price: 1, stock: 7 },
    B: { price: 2, stock: 30 },
    C: { price: 2, stock: 5 },
  });
  expect((await importFile([lines[0] as string, ...lines.slice(2)])).stdout).toMatch(/2 unchanged, 0 refused/);
});

test('what comes before the line where a file breaks is imported, and no more', async () => {
  const { exitCode, stdout, stderr } = await importFile([...file.slice(0, 3), 'BAD,"x"y,z,1,,', ...file.slice(3)]);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^line 4: has a quote inside a field: .*\. Nothing after it was read\.\n$/);
  expect(stdout).toBe('2 rows: 2 created, 0 updated, 0 unchanged, 0 refused.\n');
});

test('two imports of the same file at once leave each product and each category once', async () => {
  const rows = Array.from(
    { length: 1_200 },
    (_, index) => `P-${index},Product ${index},All > Part ${index % 7},${index + 1},1,`,
  );
  const lines = [file[0] as string, ...rows];
  const ended = await Promise.all([importFile(lines), importFile(lines), importFile(lines)]);
  expect(ended.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual([
    [0, ''],
    [0, ''],
    [0, ''],
  ]);
  const created = ended.map(({ stdout }) => Number(/(\d+) created/.exec(stdout)?.[1]));
  expect(created.reduce((sum, count) => sum + count)).toBe(1_200);
  expect(await categories()).toHaveLength(8);
});

describe('seed', () => {
  test('loads the demonstration catalogue once', async () => {
    expect((await agizo(['seed'], environment)).stdout).toBe('The demonstration catalogue is loaded.\n');
    expect((await agizo(['seed'], environment)).stdout).toBe('There are categories already: nothing to do.\n');
    expect((await list()).length).toBeGreaterThan(20);
  });

  test('adds as many products and categories as asked for, and the rest when asked for more', async () => {
    const first = await agizo(['seed', '--products', '600', '--categories', '12'], environment);
    expect([first.exitCode, first.stdout]).toEqual([0, '600 products added, 0 were there already.\n']);
    expect(await categories()).toHaveLength(12);
    const second = await agizo(['seed', '--products', '700', '--categories', '12'], environment);
    expect(second.stdout).toBe('100 products added, 600 were there already.\n');
  });

  test('is refused a number that is none, and in production', async () => {
    const { exitCode, stderr } = await agizo(['seed', '--products', 'many'], environment);
    expect([exitCode, stderr]).toEqual([2, '--products takes a number from 1 to 1000000.\nSee agizo seed --help.\n']);
  });
});
