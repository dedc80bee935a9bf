// Owns how each command that writes is run, so that its statements can be made to fail.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { Host } from '../../src/commands/command.ts';
import { readCommandLine } from '../../src/commands/command-line.ts';
import { migrate, readMigrations } from '../../src/schema/migrations.ts';
import type { FaultWorld } from './fault-world.ts';
import type { Said, Writer } from './try-writer.ts';

export type CommandWriter = (world: FaultWorld) => Promise<Writer> | Writer;

/** Runs a command in this process; what it opened is closed again. */
async function run(world: FaultWorld, args: string[]): Promise<Said> {
  const ends: (() => Promise<void>)[] = [];
  const host: Host = {
    environment: { DATABASE_URL: world.service.databaseUrl },
    cwd: os.tmpdir(),
    execPath: process.execPath,
    stdin: Readable.from([]),
    print: () => undefined,
    tell: () => undefined,
    style: (_, text) => text,
    columns: undefined,
    onStop: (end) => void ends.push(end),
    stopping: new AbortController().signal,
  };
  try {
    return (await readCommandLine(args, '0').run(host)) === 0 ? 'done' : 'failed';
  } catch {
    return 'failed';
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

const products = `sku,name,category,price,stock
LAMP-1,Solar lamp,Lighting,900,12
LAMP-2,Paraffin lamp,Lighting,450,
`;

/** Two migrations after the last one, of both kinds. */
const later = {
  'later.sql': `insert into alarms (kind, raised_at) values ('migrated', now())`,
  'later_in_batches.sql': `with next as (select coalesce($1, '0')::integer + 1 as reached)
    insert into customer_vocabulary (word) select reached from next where reached < 2 returning word as reached`,
};

/** By name. `nothing` is of those that leave the database as it is, or write only what another one here writes. */
export const commandWriters: Readonly<Record<string, CommandWriter | 'nothing'>> = {
  // It migrates as `migrate` does, and loads the catalogue as `seed` does.
  serve: 'nothing',
  worker: 'nothing',
  token: 'nothing',
  doctor: 'nothing',
  // The last migrations can't be undone to run them again: these two run the same way.
  async migrate({ service }) {
    const migrations = await readMigrations('migrations');
    const more = Object.entries(later).map(([name, text], index) => {
      const version = migrations.length + index + 1;
      return { version, name, sql: text, checksum: name };
    });
    return {
      transactions: 3,
      attempt: () =>
        migrate(service.databaseUrl, [...migrations, ...more]).then(
          () => 'done',
          () => 'failed',
        ),
    };
  },
  // The currency of the shop, and the catalogue.
  async seed(world) {
    const { service, shop, tokens } = world;
    await service.request('DELETE', `/api/v1/categories/${shop.category}/`, { token: tokens.staff });
    return { transactions: 2, attempt: () => run(world, ['seed']) };
  },
  // The currency, the category, and the products.
  'import products': (world) => ({
    transactions: 3,
    // Drawn at random.
    omitted: { categories: ['code'] },
    async attempt() {
      const folder = mkdtempSync(path.join(os.tmpdir(), 'agizo-faults-'));
      writeFileSync(path.join(folder, 'products.csv'), products);
      const said = await run(world, ['import', 'products', path.join(folder, 'products.csv')]);
      rmSync(folder, { recursive: true });
      return said;
    },
  }),
};
