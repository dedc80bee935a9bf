// Owns the SQL of alarms: when each kind was raised last.

import { sql } from 'kysely';
import type { Transaction } from '../platform/database.ts';

declare module '../platform/database.ts' {
  interface Database {
    alarms: AlarmsTable;
  }
}

interface AlarmsTable {
  kind: string;
  raised_at: Date;
}

/** @returns false, with nothing written, if it was raised at `unlessSince` or later */
export async function saveAlarm(trx: Transaction, kind: string, unlessSince: Date, now: Date): Promise<boolean> {
  const { rows } = await sql`
    insert into alarms (kind, raised_at) values (${kind}, ${now})
    on conflict (kind) do update set raised_at = excluded.raised_at where alarms.raised_at < ${unlessSince}
    returning kind`.execute(trx);
  return rows.length > 0;
}
