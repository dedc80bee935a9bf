// Owns what is said of an error that ended a command.

import { ConfigError } from '../config.ts';
import { LocalPostgresError } from '../local-database/data-folder.ts';
import { Problem } from '../platform/problem.ts';
import { SchemaMismatch } from '../schema/migrations.ts';
import { CannotStart, WrongUsage } from './command.ts';

const mendable = [CannotStart, WrongUsage, ConfigError, LocalPostgresError, SchemaMismatch, Problem];
const unreachable = new Set(['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT']);
/** SQLSTATEs: wrong password, no entry in pg_hba.conf, no such database, not permitted. */
const refused = new Set(['28P01', '28000', '3D000', '42501']);

/** What a person can mend, said in one sentence; anything else is a fault and shown whole. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (mendable.some((kind) => error instanceof kind)) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && unreachable.has(code))
    return `The database is not answering (${code}): check DATABASE_URL.`;
  if (code !== undefined && refused.has(code)) return `The database refuses: ${error.message}. Check DATABASE_URL.`;
  return error.stack ?? error.message;
}
