// Owns the background work: every task by name, run until told to stop.

import type { Kysely } from 'kysely';
import { announceOrders } from './announcements/announce-orders.ts';
import { writeStaffEmail } from './announcements/staff-email.ts';
import type { Config } from './config.ts';
import { answerSms } from './conversations/answer-sms.ts';
import { logFailure } from './messages/log-failure.ts';
import type { Channel, FailedMessage, Message, Outcome } from './messages/message.ts';
import { matchReports } from './messages/report-store.ts';
import { type Observers, observeJobs, observeSending } from './observe.ts';
import type { Database } from './platform/database.ts';
import type { NewId } from './platform/ids.ts';
import { type Job, runNextJob } from './platform/jobs.ts';
import type { Logger } from './platform/log.ts';
import { type AccountState, checkMailAccount, checkSmsAccount } from './sending/accounts.ts';
import { createAfricasTalking, parseCost } from './sending/africas-talking.ts';
import { createDelivery, type Delivery, type DeliveryDeps } from './sending/deliver.ts';
import { heedOptOuts } from './sending/heed-opt-outs.ts';
import { createMailer, type Mailer } from './sending/mailer.ts';
import { watchCredit } from './sending/watch-credit.ts';

export interface WorkerDeps extends Observers {
  config: Config;
  db: Kysely<Database>;
  clock: () => Date;
  newId: NewId;
  logger: Logger;
  smtpUrl: string;
}

export interface Worker {
  /** Orders were placed or changed in this process: something is due now, and many at once mean that intake is busy. */
  ordersChanged(count: number): void;
  /** Takes on nothing new, and resolves when what was begun has ended or has had its time. */
  stop(): Promise<void>;
}

/** Of a gateway that takes 100 ms some 700 a second, see docs/performance.md. */
const smsConcurrency = 96;
const emailConcurrency = 4;
const pollMs = 250;
const stopGraceMs = 3_000;

/**
 * A group of this many orders means that customers are waiting. Background work then takes a tenth of the time, and each
 * kind of it begins something every two seconds: what is on its way to a provider takes time too, which no clock around
 * a step counts.
 */
const busyGroup = 32;
const busyMs = 500;
const workShare = 0.1;
const busyRestMs = 2_000;

export function startWorker(deps: WorkerDeps): Worker {
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
  const deliver = (channel: Channel, parts: Pick<DeliveryDeps, 'send' | 'isReachable' | 'concurrency'>) =>
    createDelivery({
      ...{ db, clock, random, newId, onFault, channel, adminEmails, limits: config.limits, ...parts },
      onFailed,
      onPause: (reason) => logger.error({ channel, reason }, 'the channel is paused'),
    });
  const sms = deliver('sms', {
    ...{ concurrency: smsConcurrency, isReachable: () => isReached(checkSmsAccount(config.sms)) },
    send: heedOptOuts(
      { db, clock, onFault },
      observeSending(deps, (message) => sendSms(message.recipient, message.body)),
    ),
  });
  const email = deliver('email', {
    ...{ concurrency: emailConcurrency, isReachable: () => isReached(checkMailAccount(deps.smtpUrl)) },
    send: observeSending(deps, (message) => sendToStaff(deps, mailer, message)),
  });
  const onUnusable = (template: string) =>
    logger.warn({ template }, 'a text cannot be filled: the built-in one went out');
  const handlers = observeJobs(deps, {
    'orders-changed': announceOrders({ adminEmails, defaultLanguage, timeZone, clock, newId, onUnusable }),
    'sms-received': answerSms({ clock, newId, shortcode: config.sms.shortcode, defaultLanguage }),
  });
  const findBalance = async () => {
    const state = await checkSmsAccount(config.sms);
    return state.isGood ? parseCost(state.detail) : undefined;
  };
  const credit = { db, clock, newId, adminEmails, findBalance };
  const pace = createPace();
  const loops = [
    repeat(() => runNextJob({ db, handlers, clock, random, onFault: onJobFault }), pace, onFault),
    repeat(
      () => sms.deliverDue(),
      pace,
      onFault,
      () => sms.hasRoom(),
    ),
    repeat(
      () => email.deliverDue(),
      pace,
      onFault,
      () => email.hasRoom(),
    ),
    repeat(() => matchReports(db, clock(), onFailed), pace, onFault),
    ...(config.lowCredit ? [repeat(watchCredit({ ...credit, low: config.lowCredit }), pace, onFault)] : []),
  ];
  return {
    ordersChanged: (count) => pace.ordersChanged(count),
    async stop() {
      pace.stop();
      await Promise.all(loops);
      await Promise.race([allIdle(sms, email), new Promise((done) => setTimeout(done, stopGraceMs).unref())]);
      mailer.close();
    },
  };
}

/** The first few of the orders that a job is about. */
function orderIdsIn(payload: unknown): string[] {
  const { orders } = payload as { orders?: { id?: unknown }[] };
  return Array.isArray(orders) ? orders.slice(0, 10).map(({ id }) => String(id)) : [];
}

async function isReached(check: Promise<AccountState>): Promise<boolean> {
  const state = await check;
  return state.isGood || state.isReached;
}

const allIdle = (...deliveries: Delivery[]) => Promise.all(deliveries.map((delivery) => delivery.idle()));

async function sendToStaff({ db, config }: WorkerDeps, mailer: Mailer, message: Message): Promise<Outcome> {
  const email = await writeStaffEmail(db, message, config.publicUrl);
  if (!email) return { kind: 'permanent', detail: 'the order is not there' };
  return mailer.send({ id: message.id, to: message.recipient, ...email });
}

interface Pace {
  ordersChanged(count: number): void;
  stop(): void;
  stopped(): boolean;
  /** Waits between two steps: not at all, until woken, or to leave time to customers. */
  rest(didWork: boolean, workedMs: number): Promise<void>;
}

function createPace(): Pace {
  let wakers: (() => void)[] = [];
  let stopped = false;
  let busyUntilMs = 0;
  const wakeAll = () => {
    for (const wake of wakers.splice(0)) wake();
  };
  return {
    ordersChanged(count) {
      if (count >= busyGroup) busyUntilMs = performance.now() + busyMs;
      else if (performance.now() >= busyUntilMs) wakeAll();
    },
    stop() {
      stopped = true;
      wakeAll();
    },
    stopped: () => stopped,
    rest(didWork, workedMs) {
      const isBusy = performance.now() < busyUntilMs;
      const restMs = isBusy ? Math.max(workedMs * (1 / workShare - 1), busyRestMs) : didWork ? 0 : pollMs;
      if (restMs === 0 || stopped) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(done, restMs);
        function done() {
          clearTimeout(timer);
          wakers = wakers.filter((wake) => wake !== done);
          resolve();
        }
        wakers.push(done);
      });
    },
  };
}

async function repeat(
  step: () => Promise<boolean>,
  pace: Pace,
  onFault: (error: unknown) => void,
  /** Waited for before each step, and no work. */
  ready: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  while (!pace.stopped()) {
    await ready();
    const startedMs = performance.now();
    let didWork = false;
    try {
      didWork = await step();
    } catch (error) {
      onFault(error);
    }
    await pace.rest(didWork, performance.now() - startedMs);
  }
}
