// Owns `agizo seed`: the demonstration catalogue, or one as large as is asked for, for trying the service.

import { loadDemoCatalog } from '../catalog/demo.ts';
import { readConfig } from '../config.ts';
import type { FileRow } from '../imports/product-file.ts';
import { currencyDecimals } from '../platform/money.ts';
import { type Arguments, CannotStart, type ExitCode, type Host, WrongUsage } from './command.ts';
import { settleCurrency } from './currency.ts';
import { openShop } from './database.ts';
import { feedProducts } from './product-feed.ts';
import { createProgress } from './progress.ts';

const maxProducts = 1_000_000;
const maxCategories = 100_000;
const productsPerCategory = 100;
/** Each category has as many others below it, until there are enough. */
const fanOut = 10;

export async function seedCommand(host: Host, { values }: Arguments): Promise<ExitCode> {
  const asked = [readCount('products', values, maxProducts), readCount('categories', values, maxCategories)];
  const config = readConfig(host.environment, 'sandbox');
  if (config.production) throw new CannotStart('That is for trying: it is refused in production.');
  const { db, clock, newId } = await openShop(host, config);
  await settleCurrency(db, config.currency);
  if (asked.every((count) => count === undefined)) {
    const isLoaded = await loadDemoCatalog(db, clock, config.currency);
    host.print(
      isLoaded ? 'The demonstration catalogue is loaded.\n' : 'There are categories already: nothing to do.\n',
    );
    return 0;
  }
  const products = asked[0] ?? (asked[1] as number) * productsPerCategory;
  const categories = asked[1] ?? Math.ceil(products / productsPerCategory);
  const progress = createProgress(host, () => performance.now());
  const unit = 10 ** currencyDecimals(config.currency);
  const { created, updated, unchanged } = await feedProducts(
    host,
    { db, clock, newId, isDryRun: false },
    madeRows(products, categories, unit),
    () => undefined,
    ({ rows }) => progress.update(rows, products, `${rows} of ${products} products`),
  );
  progress.end();
  if (host.stopping.aborted) return 1;
  host.print(`${created} products added, ${updated + unchanged} were there already.\n`);
  return 0;
}

function readCount(name: string, values: Arguments['values'], max: number): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const count = /^\d{1,9}$/.test(String(text)) ? Number(text) : 0;
  if (count >= 1 && count <= max) return count;
  throw new WrongUsage(`--${name} takes a number from 1 to ${max}.\nSee agizo seed --help.`);
}

const kinds = ['Mug', 'Lamp', 'Basket', 'Kettle', 'Blanket', 'Radio', 'Bucket', 'Chair', 'Knife', 'Torch'];
const manners = ['Blue', 'Small', 'Steel', 'Woven', 'Solar', 'Large', 'Green', 'Folding', 'Enamel', 'Wooden'];

/** The same rows each time: seeding again with a larger number adds the rest. */
function* madeRows(products: number, categories: number, unit: number): Generator<FileRow> {
  for (let number = 1; number <= products; number += 1) {
    const kind = kinds[number % kinds.length] as string;
    const manner = manners[Math.floor(number / kinds.length) % manners.length] as string;
    yield {
      line: number,
      row: {
        sku: `SEED-${number}`,
        name: `${manner} ${kind.toLowerCase()}, no. ${number}`,
        category: pathOf((number * 7919) % categories),
        priceMinor: (50 + ((number * 104_729) % 5_000)) * unit,
        stock: number % 5 === 0 ? null : (number * 31) % 500,
        description: `${manner} and made to last. No. ${number} of the catalogue for trying.`,
      },
    };
  }
}

/** Category 0 is the top; the children of n are 10n + 1 to 10n + 10. */
function pathOf(category: number): string[] {
  const title = category === 0 ? 'Seeded' : `Section ${category}`;
  return category === 0 ? [title] : [...pathOf(Math.floor((category - 1) / fanOut)), title];
}
