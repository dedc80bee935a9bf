// Owns what an import of products is: a file that was looked at, and what comes of it when it is applied.

import type { ProblemType } from '../platform/problem.ts';
import type { FileRow } from './product-file.ts';
import type { Reason } from './product-row.ts';

export const importStatuses = ['checked', 'applying', 'done', 'failed'] as const;

export type ImportStatus = (typeof importStatuses)[number];

export interface RefusedCell extends Omit<Reason, 'column'> {
  line: number;
  column?: string;
}

/** What rows do to the catalogue. */
export interface Tally {
  creates: number;
  updates: number;
  unchanged: number;
  refusedRows: number;
  /** The first of what is wrong, {@link maxShown} at most. */
  refused: RefusedCell[];
}

export interface ProductImport {
  id: string;
  status: ImportStatus;
  /** Those that the file has in all. */
  rowCount: number;
  preview: Tally;
  result: Tally;
  /** Rows that are through. */
  done: number;
  createdAt: Date;
  updatedAt: Date;
}

export const maxFileBytes = 20 * 1024 * 1024;
export const maxRows = 100_000;
const maxShown = 1_000;

export const noTally = (): Tally => ({ creates: 0, updates: 0, unchanged: 0, refusedRows: 0, refused: [] });

interface Batch {
  created: number;
  updated: number;
  unchanged: number;
  refused: readonly { line: number; reasons: Reason[] }[];
}

/** The tally with one more batch in it. */
export function addBatch(tally: Tally, batch: Batch): Tally {
  const cells = batch.refused.flatMap(({ line, reasons }) => reasons.map((reason) => ({ line, ...reason })));
  return {
    creates: tally.creates + batch.created,
    updates: tally.updates + batch.updated,
    unchanged: tally.unchanged + batch.unchanged,
    refusedRows: tally.refusedRows + batch.refused.length,
    refused: [...tally.refused, ...cells.slice(0, Math.max(0, maxShown - tally.refused.length))],
  };
}

/** Rows that are some, and lines that are none. */
export const partRows = (rows: readonly FileRow[]) => ({
  good: rows.filter((each) => 'row' in each),
  bad: rows.filter((each) => 'reasons' in each),
});

export const unreadableFile: ProblemType = {
  slug: 'unreadable-file',
  status: 400,
  title: 'The file cannot be read',
  meaning:
    'The file is not CSV of products as far as it goes, or has more than 100,000 rows; `line` says where. Nothing was changed. ' +
    'Where `suggested_encoding` is there, the file is text in that encoding: send it again with `?encoding=`.',
};
