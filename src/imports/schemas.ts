// Owns the shape of imports on the wire.

import { type Static, Type } from 'typebox';
import { time, uuid } from '../platform/shapes.ts';
import { importStatuses, type ProductImport, type Tally } from './import.ts';

const tally = {
  creates: Type.Integer({ description: 'Products that are new.' }),
  updates: Type.Integer({ description: 'Products that change.' }),
  unchanged: Type.Integer({ description: 'Rows that say what the catalogue says already.' }),
  refused_rows: Type.Integer({ description: 'Rows that are left out.' }),
  refused: Type.Array(
    Type.Object({
      line: Type.Integer({ description: 'Of the file, from 1.' }),
      column: Type.Union([Type.String(), Type.Null()], { description: 'Null where it is the row as a whole.' }),
      value: Type.Union([Type.String(), Type.Null()], {
        description: 'What stands there, its first hundred characters.',
      }),
      detail: Type.String({ description: 'What is wrong, as a sentence that begins with the column.' }),
    }),
    { description: 'What is wrong, the first thousand of it.' },
  ),
};

export const importSchema = Type.Object(
  {
    id: uuid(),
    status: Type.Enum([...importStatuses], {
      description:
        '`checked`: nothing is written. `applying`: a worker is at it. `failed`: it was given up, what is done stays.',
    }),
    rows: Type.Integer({ description: 'Below the heading.' }),
    ...tally,
    done: Type.Integer({ description: 'Rows that are through.' }),
    of: Type.Integer({ description: 'The same as `rows`.' }),
    result: Type.Union([Type.Object(tally), Type.Null()], {
      description: 'What came of the rows that are through; null before it is applied.',
    }),
    created_at: time(),
    updated_at: time('When it last moved on.'),
  },
  {
    $id: 'ProductImport',
    examples: [
      {
        id: '0198c3c5-7f20-7c13-8a44-5d0c1be9a7f2',
        status: 'checked',
        rows: 120,
        creates: 100,
        updates: 17,
        unchanged: 2,
        refused_rows: 1,
        refused: [
          { line: 14, column: 'price', value: '1,450', detail: '"1,450" can be 1450 or 1.45: write 1450.00 or 1.45' },
        ],
        done: 0,
        of: 120,
        result: null,
        created_at: '2026-11-27T08:12:00.000Z',
        updated_at: '2026-11-27T08:12:00.000Z',
      },
    ],
  },
);

const tallyJson = ({ creates, updates, unchanged, refusedRows, refused }: Tally) => ({
  creates,
  updates,
  unchanged,
  refused_rows: refusedRows,
  refused: refused.map(({ line, column = null, value = null, detail }) => ({ line, column, value, detail })),
});

export const importJson = (found: ProductImport): Static<typeof importSchema> => ({
  id: found.id,
  status: found.status,
  rows: found.rowCount,
  ...tallyJson(found.preview),
  done: found.done,
  of: found.rowCount,
  result: found.status === 'checked' ? null : tallyJson(found.result),
  created_at: found.createdAt.toISOString(),
  updated_at: found.updatedAt.toISOString(),
});
