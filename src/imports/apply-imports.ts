// Owns bringing checked files into the catalogue: a batch of rows at a time, under a lease, so that another worker goes on where one ended.

import type { Kysely } from 'kysely';
import type { Database } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import { batchesOf, batchSize } from './check-file.ts';
import { addBatch, partRows, type Tally } from './import.ts';
import { importProducts, type KnownCategories } from './import-products.ts';
import { type ClaimedImport, claimImport, saveEnd, saveProgress } from './import-store.ts';
import type { FileRow } from './product-file.ts';

export interface ApplyImportsDeps {
  db: Kysely<Database>;
  clock: () => Date;
  newId: NewId;
  currency: string;
  /** Told of a file that is given up. */
  onFailed: (error: unknown, importId: string) => void;
}

const leaseMs = 30_000;
const maxTries = 5;

interface InHand {
  claimed: ClaimedImport;
  batches: AsyncGenerator<FileRow[]>;
  known: KnownCategories;
  done: number;
  result: Tally;
}

/** @returns a task that brings in one batch each time, and says whether there was one */
export function applyImports(deps: ApplyImportsDeps): () => Promise<boolean> {
  let inHand: InHand | undefined;
  return async () => {
    inHand ??= await take(deps);
    if (!inHand) return false;
    const { claimed } = inHand;
    try {
      if (!(await applyBatch(deps, inHand))) inHand = undefined;
      return true;
    } catch (error) {
      inHand = undefined;
      if (claimed.tries < maxTries) throw error;
      await saveEnd(deps.db, claimed, 'failed', deps.clock());
      deps.onFailed(error, claimed.id);
      return true;
    }
  };
}

/** What was through before is read past: a batch that a worker has written and not told of says its rows once more. */
async function take({ db, clock, currency }: ApplyImportsDeps): Promise<InHand | undefined> {
  const now = clock();
  const claimed = await claimImport(db, now, new Date(now.getTime() + leaseMs));
  if (!claimed) return undefined;
  const file = { bytes: claimed.file, encoding: claimed.encoding ?? undefined };
  const batches = batchesOf(file, currency);
  for (let past = 0; past < claimed.done; past += batchSize) await batches.next();
  return { claimed, batches, known: new Map(), done: claimed.done, result: claimed.result };
}

/** False behind the last batch, and where another worker has taken over. */
async function applyBatch(deps: ApplyImportsDeps, inHand: InHand): Promise<boolean> {
  const { value: batch, done: isOver } = await inHand.batches.next();
  if (isOver) {
    await saveEnd(deps.db, inHand.claimed, 'done', deps.clock());
    return false;
  }
  const { good, bad } = partRows(batch);
  const came = await importProducts({ ...deps, isDryRun: false }, good, inHand.known);
  const refused = [...bad, ...came.refused].toSorted((one, other) => one.line - other.line);
  inHand.result = addBatch(inHand.result, { ...came, refused });
  inHand.done += batch.length;
  const now = deps.clock();
  const until = new Date(now.getTime() + leaseMs);
  return saveProgress(deps.db, inHand.claimed, { done: inHand.done, result: inHand.result, now, until });
}
