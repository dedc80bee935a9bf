// Owns the background work: every task by name, run until told to stop.

import type { Kysely } from 'kysely';
import { announceOrders } from './announcements/announce-orders.ts';
import { writeStaffEmail } from './announcements/staff-email.ts';
import type { Config } from './config.ts';
import { answerSms } from './conversations/answer-sms.ts';
import { applyImports } from './imports/apply-imports.ts';
import { orderListeners } from './listeners.ts';
import { logFailure } from './messages/log-failure.ts';
import type { Channel, FailedMessage, Message, Outcome } from './messages/message.ts';
import { matchReports } from './messages/report-store.ts';
import { type Observers, observeJobs, observeSending } from './observe.ts';
import { cancelForgotten } from './orders/cancel-forgotten.ts';
import { findChanges } from './orders/order-changed.ts';
import { isOfCountry } from './phones/country.ts';
import type { Courier } from './platform/courier.ts';
import type { Database } from './platform/database.ts';
import type { NewId } from './platform/ids.ts';
import { type Job, type JobHandler, runNextJob } from './platform/jobs.ts';
import type { Logger } from './platform/log.ts';
import { createPace, repeat, type Work } from './platform/pace.ts';
import { finishErasures } from './privacy/finish-erasure.ts';
import { removeOldTexts } from './privacy/remove-old-texts.ts';
import { fillSales } from './reports/fill-sales.ts';
import { type AccountState, checkMailAccount, checkSmsAccount } from './sending/accounts.ts';
import { createAfricasTalking } from './sending/africas-talking.ts';
import { parseCost } from './sending/gateway-answer.ts';
import { heedOptOuts } from './sending/heed-opt-outs.ts';
import { createMailer, type Mailer } from './sending/mailer.ts';
import { createMessageCourier, type SendMessagesDeps } from './sending/send-messages.ts';
import { watchCredit } from './sending/watch-credit.ts';

export interface WorkerDeps extends Observers {
  config: Config;
  db: Kysely<Database>;
  clock: () => Date;
  /** Of a clock that nobody sets, for all that is waited for. */
  nowMs: () => number;
  newId: NewId;
  logger: Logger;
  smtpUrl: string;
}

export interface Worker {
  /** Something is due now: this many orders were placed at once, or one thing changed. */
  wake(count: number): void;
  /** Takes on nothing new, and resolves when what was begun has ended or has had its time. */
  stop(): Promise<void>;
}

/** What a worker does, each kind of it by its name. */
export interface Tasks {
  work: Readonly<Record<string, Work>>;
  /** Of the jobs that `work.jobs` runs, by their kinds. */
  handlers: Readonly<Record<string, JobHandler>>;
  onFault: (error: unknown) => void;
  /** Resolves when nothing is on its way to the outside world any more. */
  idle(): Promise<void>;
  close(): void;
}

/** Of a gateway that takes 100 ms some 700 a second, see docs/performance.md. */
const smsConcurrency = 96;
const emailConcurrency = 4;
const stopGraceMs = 3_000;

export function startWorker(deps: WorkerDeps): Worker {
  const tasks = createTasks(deps);
  const pace = createPace();
  const loops = Object.values(tasks.work).map((each) => repeat(each, pace, tasks.onFault));
  return {
    wake: (count) => pace.wake(count),
    async stop() {
      pace.stop();
      await Promise.all(loops);
      await Promise.race([tasks.idle(), new Promise((done) => setTimeout(done, stopGraceMs).unref())]);
      tasks.close();
    },
  };
}

export function createTasks(deps: WorkerDeps): Tasks {
  const { config, db, clock, newId, logger } = deps;
  const random = Math.random;
  const { defaultLanguage, timeZone } = config;
  const { adminEmails } = config.mail;
  const onFault = (error: unknown) => logger.error({ err: error }, 'background work failed');
  const onFailed = (message: FailedMessage) => logFailure(logger, message);
  const onJobFault = (error: unknown, { id, kind, attempts, payload }: Job, isFinal: boolean) => {
    const facts = { err: error, job_id: id, kind, attempts: attempts + 1, order_ids: orderIdsIn(payload) };
    if (isFinal) logger.error(facts, 'a job failed for good: see "Stuck jobs" in docs/operations.md');
    else logger.warn(facts, 'a job failed and will be tried again');
  };
  const sendSms = createAfricasTalking({ ...config.sms, timeZone, clock });
  const mailer = createMailer(deps.smtpUrl, config.mail.from);
  const courierOf = (channel: Channel, parts: Pick<SendMessagesDeps, 'send' | 'isReachable' | 'concurrency'>) =>
    createMessageCourier({
      db,
      clock,
      nowMs: deps.nowMs,
      random,
      newId,
      channel,
      adminEmails,
      limits: config.limits,
      onFault,
      onFailed,
      onPause: (reason) => logger.error({ channel, reason }, 'the channel is paused'),
      ...parts,
    });
  const sms = courierOf('sms', {
    concurrency: smsConcurrency,
    isReachable: () => isReached(checkSmsAccount(config.sms)),
    send: heedOptOuts(
      { db, clock, onFault },
      observeSending(deps, (message) => sendSms(message.recipient, message.body)),
    ),
  });
  const email = courierOf('email', {
    concurrency: emailConcurrency,
    isReachable: () => isReached(checkMailAccount(deps.smtpUrl)),
    send: observeSending(deps, (message) => sendToStaff(deps, mailer, message)),
  });
  const onUnusable = (template: string) =>
    logger.warn({ template }, 'a text cannot be filled: the built-in one went out');
  const { smsCountries, pendingHours, retentionDays } = config;
  const maySend = (phone: string) => smsCountries === undefined || isOfCountry(phone, smsCountries);
  const handlers = observeJobs(deps, {
    [orderListeners.announcements]: announceOrders({
      adminEmails,
      defaultLanguage,
      timeZone,
      clock,
      newId,
      maySend,
      onUnusable,
    }),
    'sms-received': answerSms({
      clock,
      newId,
      maySend,
      shortcode: config.sms.shortcode,
      defaultLanguage,
      listeners: Object.values(orderListeners),
    }),
    'customer-erased': finishErasures({ clock }),
  });
  const findBalance = async () => {
    const state = await checkSmsAccount(config.sms);
    return state.isGood ? parseCost(state.detail) : undefined;
  };
  const credit = { db, clock, newId, adminEmails, findBalance };
  const carrying = (courier: Courier): Work => ({ step: () => courier.carryDue(), ready: () => courier.hasRoom() });
  return {
    work: {
      jobs: { step: () => runNextJob({ db, handlers, clock, random, onFault: onJobFault }) },
      sms: carrying(sms),
      email: carrying(email),
      deliveryReports: { step: () => matchReports(db, clock(), onFailed) },
      ...(pendingHours !== undefined && {
        forgottenOrders: {
          step: cancelForgotten({ db, clock, newId, listeners: Object.values(orderListeners), pendingHours }),
        },
      }),
      ...(retentionDays !== undefined && { oldTexts: { step: removeOldTexts({ db, clock, retentionDays }) } }),
      productImports: {
        step: applyImports({
          db,
          clock,
          newId,
          currency: config.currency,
          onFailed: (error, importId) =>
            logger.error({ err: error, import_id: importId }, 'an import of products was given up'),
        }),
      },
      sales: { step: fillSales({ db, clock, timeZone }) },
      ...(config.lowCredit && { credit: { step: watchCredit({ ...credit, low: config.lowCredit }) } }),
    },
    handlers,
    onFault,
    idle: async () => void (await Promise.all([sms.idle(), email.idle()])),
    close: () => mailer.close(),
  };
}

/** The first few of the orders that a job is about. */
const orderIdsIn = (payload: unknown): string[] => (findChanges(payload) ?? []).slice(0, 10).map(({ id }) => id);

async function isReached(check: Promise<AccountState>): Promise<boolean> {
  const state = await check;
  return state.isGood || state.isReached;
}

async function sendToStaff({ db, config }: WorkerDeps, mailer: Mailer, message: Message): Promise<Outcome> {
  const email = await writeStaffEmail(db, message, config.publicUrl);
  if (!email) return { kind: 'permanent', detail: 'the order is not there' };
  return mailer.send({ id: message.id, to: message.recipient, ...email });
}
