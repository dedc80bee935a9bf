// Owns the background work: every task by name, run until told to stop.

import type { Kysely } from 'kysely';
import type { Config } from './config.ts';
import type { Database } from './platform/database.ts';
import type { NewId } from './platform/ids.ts';
import type { Logger } from './platform/log.ts';

export interface WorkerDeps {
  config: Config;
  db: Kysely<Database>;
  clock: () => Date;
  newId: NewId;
  logger: Logger;
  smtpUrl: string;
}

export interface Worker {
  /** Something may be due now. */
  wake(): void;
  /** Takes on nothing new, and resolves when what was begun has ended. */
  stop(): Promise<void>;
}

export function startWorker(_deps: WorkerDeps): Worker {
  return { wake: () => undefined, stop: async () => undefined };
}
