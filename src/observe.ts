// Owns what is seen of work while it is done: each wrapper does the work itself, times it, and says what came of it.

import type { Message, Outcome as SendOutcome } from './messages/message.ts';
import type { Metrics } from './metrics.ts';
import type { Outcome, Placement } from './orders/decide-placements.ts';
import { type Intake, overloaded } from './orders/intake.ts';
import { findChanges } from './orders/order-changed.ts';
import type { Job, JobHandler } from './platform/jobs.ts';
import { Problem } from './platform/problem.ts';
import { readTraceparent, type Span, type Tracing } from './platform/tracing.ts';

export interface Observers {
  metrics?: Metrics | undefined;
  tracing?: Tracing | undefined;
}

type PlaceGroup = (group: readonly Placement[], again: boolean) => Promise<Outcome[]>;

const secondsSince = (startedMs: number): number => (performance.now() - startedMs) / 1_000;

/**
 * A group is one transaction for many requests, so it is a trace of its own with a link to each of them; a lone order's
 * is part of the request's trace. In the trace of each order of a group a span says when it was placed, and with which.
 */
export function observeGroups({ metrics, tracing }: Observers, placeGroup: PlaceGroup): PlaceGroup {
  if (!metrics && !tracing) return placeGroup;
  return async (group, again) => {
    const startedMs = performance.now();
    const traces = group.flatMap(({ traceparent }) => traceparent ?? []);
    const span = tracing?.start('place orders', { ...partOf(traces), attributes: { 'agizo.orders': group.length } });
    let outcomes: Outcome[] | undefined;
    let failure: unknown;
    try {
      const placing = () => placeGroup(group, again);
      outcomes = span ? await tracing?.within(span, placing) : await placing();
      return outcomes as Outcome[];
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      metrics?.groupPlaced(group.length, secondsSince(startedMs), outcomes);
      span?.end(undefined, failure);
      if (span) echo(tracing, 'place order', traces, span, startedMs, failure);
    }
  };
}

/** One trace is gone on with; several come together in a new one. */
const partOf = (traces: readonly string[]) => (traces.length === 1 ? { parent: traces[0] } : { links: traces });

/** In each of the traces that came together: that it was done, when, and in which span. */
function echo(
  tracing: Tracing | undefined,
  name: string,
  traces: readonly string[],
  together: Span,
  startedMs: number,
  failure: unknown,
): void {
  if (traces.length < 2) return;
  for (const parent of traces) {
    tracing?.start(name, { parent, links: [together.traceparent], startedMs }).end(undefined, failure);
  }
}

/** Counts the orders that are turned away, and shows how many wait. */
export function observeIntake({ metrics }: Observers, intake: Intake): Intake {
  if (!metrics) return intake;
  metrics.watchQueue(() => intake.waiting());
  return {
    ...intake,
    place(placement) {
      try {
        return intake.place(placement);
      } catch (error) {
        if (error instanceof Problem && error.type === overloaded) metrics.orderTurnedAway();
        throw error;
      }
    },
  };
}

/** A job goes on with the traces that its payload names, as a group of orders does. */
export function observeJobs(
  { metrics, tracing }: Observers,
  handlers: Readonly<Record<string, JobHandler>>,
): Readonly<Record<string, JobHandler>> {
  const observe =
    (kind: string, handle: JobHandler): JobHandler =>
    async (trx, job) => {
      const startedMs = performance.now();
      const traces = tracesIn(job);
      const span = tracing?.start(kind, {
        kind: 'consumer',
        ...partOf(traces),
        attributes: { 'agizo.job_id': job.id },
      });
      let failure: unknown;
      try {
        const handling = () => handle(trx, job);
        await (span && tracing ? tracing.within(span, handling) : handling());
      } catch (error) {
        failure = error;
        throw error;
      } finally {
        metrics?.jobRan(kind, failure === undefined, secondsSince(startedMs));
        span?.end(undefined, failure);
        if (span) echo(tracing, kind, traces, span, startedMs, failure);
      }
    };
  return Object.fromEntries(Object.entries(handlers).map(([kind, handle]) => [kind, observe(kind, handle)]));
}

const tracesIn = ({ payload }: Job): string[] =>
  (findChanges(payload) ?? []).flatMap(({ traceparent }) => readTraceparent(String(traceparent)) ?? []);

type Send = (message: Message) => Promise<SendOutcome>;

export function observeSending({ metrics, tracing }: Observers, send: Send): Send {
  return async (message) => {
    const startedMs = performance.now();
    const { id, channel, kind, orderId, attempts, traceparent } = message;
    const span = tracing?.start(`send ${channel}`, {
      kind: 'client',
      parent: traceparent ?? undefined,
      attributes: {
        'messaging.message.id': id,
        'agizo.message_kind': kind,
        'agizo.attempt': attempts,
        ...(orderId !== null && { 'agizo.order_id': orderId }),
      },
    });
    const sending = () => send(message);
    const outcome = await (span && tracing ? tracing.within(span, sending) : sending());
    metrics?.messageTried(channel, outcome.kind, secondsSince(startedMs));
    span?.end({ 'agizo.outcome': outcome.kind }, outcome.kind === 'accepted' ? undefined : outcome.detail);
    return outcome;
  };
}
