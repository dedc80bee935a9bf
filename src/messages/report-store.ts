// Owns the SQL of delivery reports: on the attempt they are about, or kept aside until that attempt is known.

import { type Kysely, sql } from 'kysely';
import type { Database, Transaction } from '../platform/database.ts';
import { becomes, type DeliveryReport, finalReports, isOptOut } from './delivery-report.ts';
import type { FailedMessage } from './message.ts';
import { mayMove } from './store.ts';

declare module '../platform/database.ts' {
  interface Database {
    unmatched_reports: UnmatchedReportsTable;
  }
}

interface UnmatchedReportsTable {
  provider_id: string;
  report: string;
  report_reason: string | null;
  received_at: Date;
}

const keepAsideMs = 60 * 60_000;
const matchedAtOnce = 200;

/**
 * Writes a report to its attempt and tells the message what became of it; one whose attempt is not known yet is kept
 * aside. Reports come twice and in any order: a final one is never replaced, and neither is a final status of a message.
 * A failure counts only for the newest attempt: after an older one the message is on its way again. Where the reason is
 * that the recipient wants nothing from us, that is remembered.
 * @returns the message, if that is how it failed for good
 */
export async function saveReport(
  db: Kysely<Database>,
  report: DeliveryReport,
  receivedAt: Date,
): Promise<FailedMessage | undefined> {
  const { providerId, status, reason = null } = report;
  const next = becomes(status) ?? null;
  const failure = reason === null ? status : `${status}: ${reason}`;
  const { rows } = await sql<FailedMessage>`
    with reported as (
      update message_attempts set report = ${status}, report_reason = ${reason}, reported_at = ${receivedAt}
      where provider_id = ${providerId} and (report is null or report <> all (${finalReports}::text[]))
      returning message_id, attempt
    ), told as (
      update messages set status = ${next}, updated_at = ${receivedAt},
        failure = case when ${next} = 'failed' then ${failure} end
      from reported
      where messages.id = reported.message_id
        and case ${next}::text when 'delivered' then ${mayMove('deliver')}
          when 'failed' then ${mayMove('fail')} and messages.attempts = reported.attempt else false end
      returning messages.id, messages.channel, messages.order_id, messages.status, messages.failure
    ), opted_out as (
      insert into opt_outs (phone_number, source, created_at)
      select recipient, 'provider', ${receivedAt}::timestamptz from reported join messages on messages.id = message_id
      where ${isOptOut(report)}::boolean
      on conflict do nothing
    ), kept_aside as (
      insert into unmatched_reports (provider_id, report, report_reason, received_at)
      select ${providerId}, ${status}, ${reason}, ${receivedAt}
      where not exists (select from message_attempts where provider_id = ${providerId})
      on conflict (provider_id) do update set report = excluded.report, report_reason = excluded.report_reason
        where unmatched_reports.report <> all (${finalReports}::text[])
    )
    select id, channel, order_id as "orderId", failure as reason, 0 as sharers from told where status = 'failed'`.execute(
    db,
  );
  return rows[0];
}

/**
 * Gives reports that were kept aside to attempts that are known by now, and throws away what is too old to be claimed.
 * @returns whether there were any
 */
export async function matchReports(
  db: Kysely<Database>,
  now: Date,
  onFailed: (message: FailedMessage) => void,
): Promise<boolean> {
  const failed: FailedMessage[] = [];
  const didWork = await db.transaction().execute(async (trx) => {
    const reports = await takeMatched(trx);
    for (const { receivedAt, ...report } of reports) {
      const message = await saveReport(trx, report, receivedAt);
      if (message) failed.push(message);
    }
    await trx
      .deleteFrom('unmatched_reports')
      .where('received_at', '<', new Date(now.getTime() - keepAsideMs))
      .execute();
    return reports.length > 0;
  });
  for (const message of failed) onFailed(message);
  return didWork;
}

async function takeMatched(trx: Transaction): Promise<(DeliveryReport & { receivedAt: Date })[]> {
  // Laterally, so that each report is looked up by the index, however large the ledger is.
  const { rows } = await sql<{ providerId: string; status: string; reason: string | null; receivedAt: Date }>`
    with matched as (
      select aside.provider_id from unmatched_reports as aside
      cross join lateral (
        select from message_attempts where message_attempts.provider_id = aside.provider_id limit 1) as known
      limit ${matchedAtOnce} for update of aside skip locked
    )
    delete from unmatched_reports using matched where unmatched_reports.provider_id = matched.provider_id
    returning unmatched_reports.provider_id as "providerId", report as status, report_reason as reason,
      received_at as "receivedAt"`.execute(trx);
  return rows.map(({ reason, ...report }) => ({ ...report, reason: reason ?? undefined }));
}
