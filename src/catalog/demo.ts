// Owns the demonstration catalogue: a small Kenyan shop, loaded into a database that has no category yet.

import type { Kysely } from 'kysely';
import type { Database } from '../platform/database.ts';
import { currencyDecimals } from '../platform/money.ts';
import { countCategories, insertCategory, lockTree } from './category-store.ts';
import { insertProduct } from './product-store.ts';

/** Ids never change, so that documents and tests can name them. */
const demoIds = {
  enamelMug: '11eb1775-893b-453d-a92a-529627c29b0a',
  maizeFlour: 'acf4935a-b66f-47c6-a6ba-d840e62a6cfe',
  smartphone: '5b0f2a4e-6c1d-4d0e-9f57-2f6d1c8a7e31',
  household: 'c909fadb-b6ec-47d3-a3b2-54fb58797942',
} as const;

const demoId = (kind: 'c' | 'p', number: number): string =>
  `7d1e6f3a-2b94-4a53-8c0e-${kind === 'c' ? 'ca' : 'b0'}00000000${String(number).padStart(2, '0')}`;

/** Id, code of the parent, code, title; parents first. */
const demoCategories: [string, string | null, string, string][] = [
  [demoId('c', 1), null, 'GROCERY', 'Groceries'],
  [demoId('c', 2), 'GROCERY', 'STAPLES', 'Staples'],
  [demoId('c', 3), 'STAPLES', 'FLOUR', 'Flour'],
  [demoId('c', 4), 'STAPLES', 'PULSES', 'Rice, beans and sugar'],
  [demoId('c', 5), 'GROCERY', 'DRINKS', 'Drinks'],
  [demoId('c', 6), 'DRINKS', 'TEACOFFEE', 'Tea and coffee'],
  [demoId('c', 7), 'DRINKS', 'DAIRY', 'Milk and yoghurt'],
  [demoIds.household, null, 'HOUSE', 'Household'],
  [demoId('c', 8), 'HOUSE', 'KITCHEN', 'Kitchen'],
  [demoId('c', 9), 'KITCHEN', 'COOKWARE', 'Pots and jikos'],
  [demoId('c', 10), 'KITCHEN', 'TABLEWARE', 'Tableware'],
  [demoId('c', 11), 'HOUSE', 'CLEANING', 'Cleaning'],
  [demoId('c', 12), null, 'ELECTRONICS', 'Electronics'],
  [demoId('c', 13), 'ELECTRONICS', 'PHONES', 'Phones and accessories'],
  [demoId('c', 14), 'PHONES', 'HANDSETS', 'Handsets'],
  [demoId('c', 15), 'PHONES', 'AIRTIME', 'Airtime and services'],
  [demoId('c', 16), 'ELECTRONICS', 'SOLAR', 'Solar and lighting'],
];

/** Id, code of the category, SKU, name, price in major units, stock (null: not counted), description. */
const demoProducts: [string, string, string, string, number, number | null, string][] = [
  [demoIds.maizeFlour, 'FLOUR', 'UNGA-2KG', 'Maize flour, 2 kg', 175, 400, 'Sifted white maize for ugali.'],
  [demoId('p', 1), 'FLOUR', 'ATTA-2KG', 'Wheat flour, 2 kg', 210, 260, 'Home baking and chapati.'],
  [demoId('p', 2), 'FLOUR', 'WIMBI-1KG', 'Finger millet flour, 1 kg', 190, 80, 'Stone-ground wimbi for porridge.'],
  [demoId('p', 3), 'PULSES', 'PISHORI-5KG', 'Mwea pishori rice, 5 kg', 1150, 60, 'Aromatic long grain from Mwea.'],
  [demoId('p', 4), 'PULSES', 'NDENGU-1KG', 'Green grams, 1 kg', 185, 120, 'Sorted ndengu.'],
  [demoId('p', 5), 'PULSES', 'SUGAR-2KG', 'Brown sugar, 2 kg', 320, 300, 'Unrefined cane sugar.'],
  [
    demoId('p', 6),
    'TEACOFFEE',
    'CHAI-500G',
    'Kericho tea leaves, 500 g',
    280,
    150,
    'Strong black tea from the Kericho highlands.',
  ],
  [demoId('p', 7), 'TEACOFFEE', 'KAHAWA-250G', 'Nyeri AA coffee beans, 250 g', 780, 35, 'Medium roast, washed.'],
  [demoId('p', 8), 'DAIRY', 'MILK-500ML', 'Long-life milk, 500 ml', 65, 600, 'Whole milk; keeps six months unopened.'],
  [demoId('p', 9), 'DAIRY', 'MALA-500ML', 'Fermented milk (mala), 500 ml', 75, 0, 'Back on the shelf on Thursday.'],
  [demoId('p', 10), 'COOKWARE', 'SUFURIA-5', 'Aluminium sufuria set, 5 pieces', 1850, 45, 'With lids, 18 to 26 cm.'],
  [
    demoId('p', 11),
    'COOKWARE',
    'JIKO-KCJ',
    'Ceramic charcoal jiko',
    950,
    30,
    'Burns half the charcoal of a metal stove.',
  ],
  [
    demoId('p', 12),
    'COOKWARE',
    'PRESS-7L',
    'Pressure cooker, 7 litres',
    4499.5,
    12,
    'Beans in 35 minutes. One-year guarantee.',
  ],
  [demoIds.enamelMug, 'TABLEWARE', 'MUG-08', 'Enamel mug, 8 cm', 200, 250, 'White with a blue rim.'],
  [demoId('p', 13), 'TABLEWARE', 'FLASK-1.8L', 'Vacuum flask, 1.8 litres', 1650, 40, 'Keeps tea hot for a whole day.'],
  [demoId('p', 14), 'CLEANING', 'SOAP-BAR', 'Washing bar soap, 800 g', 165, 500, 'Multipurpose, cream.'],
  [demoId('p', 15), 'CLEANING', 'BASIN-35L', 'Plastic basin, 35 litres', 390, null, 'Colours vary.'],
  [
    demoIds.smartphone,
    'HANDSETS',
    'PHONE-128',
    'Smartphone, 128 GB, dual SIM',
    16999,
    8,
    '6.6-inch screen, 5,000 mAh.',
  ],
  [demoId('p', 16), 'HANDSETS', 'MULIKA-2', 'Feature phone with torch', 1799, 90, 'A week on one charge.'],
  [demoId('p', 17), 'AIRTIME', 'AIRTIME-100', 'Airtime voucher, 100', 100, null, 'The code comes by SMS.'],
  [
    demoId('p', 18),
    'AIRTIME',
    'SETUP',
    'Phone set-up in the shop',
    300,
    null,
    'Contacts, M-Pesa and e-mail moved over.',
  ],
  [
    demoId('p', 19),
    'SOLAR',
    'SOLAR-3L',
    'Solar home kit, 3 lamps',
    6500,
    15,
    'Panel, battery, three lamps and a phone charger.',
  ],
  [demoId('p', 20), 'SOLAR', 'LANTERN', 'Solar lantern', 1200, 70, 'Twelve hours of light after a day of sun.'],
];

function idOf(code: string): string {
  const category = demoCategories.find((each) => each[2] === code);
  if (!category) throw new Error(`no demonstration category ${code}`);
  return category[0];
}

/**
 * Loads the demonstration catalogue where there is no category at all, and says whether it did. Several processes may
 * call it at once: one loads, the others wait for it and find nothing to do.
 */
export function loadDemoCatalog(db: Kysely<Database>, clock: () => Date, currency: string): Promise<boolean> {
  const scale = 10 ** currencyDecimals(currency);
  return db.transaction().execute(async (trx) => {
    await lockTree(trx);
    if ((await countCategories(trx)) > 0) return false;
    const now = clock();
    const written = { version: 1, createdAt: now, updatedAt: now };

    for (const [id, parentCode, code, title] of demoCategories) {
      const parentId = parentCode === null ? null : idOf(parentCode);
      await insertCategory(trx, { id, parentId, code, title, ...written });
    }
    for (const [id, categoryCode, sku, name, price, stock, description] of demoProducts) {
      const priceMinor = Math.round(price * scale);
      const fields = {
        id,
        categoryId: idOf(categoryCode),
        sku,
        name,
        description,
        priceMinor,
        stock,
        maxPerOrder: null,
      };
      await insertProduct(trx, { ...fields, ...written });
    }
    return true;
  });
}
