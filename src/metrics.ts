// Owns the metrics: every one by name, what feeds it, and their text for Prometheus.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { BacklogPart } from './messages/backlog-store.ts';
import type { Outcome } from './orders/decide-placements.ts';
import type { PoolState } from './platform/database.ts';
import type { JobBacklog } from './platform/jobs.ts';
import type { ChannelState } from './sending/channel-store.ts';

/** What is read from the database when somebody asks for the metrics, and not more often than every few seconds. */
export interface Backlog {
  jobs: JobBacklog;
  messages: readonly BacklogPart[];
  channels: readonly ChannelState[];
}

export interface MetricsSources {
  pools: Readonly<Record<string, () => PoolState>>;
  readBacklog: () => Promise<Backlog>;
}

export interface Metrics {
  /** An answer left for the request that this route took; `route` is its pattern. */
  answered: (method: string, route: string, status: number, seconds: number) => void;
  /** A group of orders was written, or failed as a whole. */
  groupPlaced(size: number, seconds: number, outcomes: readonly Outcome[] | undefined): void;
  /** An order was turned away because too many wait. */
  orderTurnedAway(): void;
  /** How many orders wait, asked when the metrics are. */
  watchQueue(waiting: () => number): void;
  /** A limit refused a request; the name is its policy's. */
  limited(limit: string): void;
  jobRan(kind: string, isDone: boolean, seconds: number): void;
  /** An attempt to hand a message to a provider ended. */
  messageTried(channel: string, outcome: string, seconds: number): void;
  /** Pools and the database, asked when the metrics are. */
  watch(sources: MetricsSources): void;
  /** The text format of Prometheus. */
  render: () => Promise<{ contentType: string; text: string }>;
}

const requestBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const groupBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const sizeBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
const providerBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const backlogMaxAgeMs = 5_000;
const backlogPatienceMs = 3_000;

export function createMetrics(clock: () => Date): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const requests = new Histogram({
    name: 'agizo_http_request_duration_seconds',
    help: 'From the first byte of a request to its answer, by the pattern of its route and the class of the status.',
    labelNames: ['method', 'route', 'status'],
    buckets: requestBuckets,
    registers,
  });
  const groupSizes = new Histogram({
    name: 'agizo_intake_group_size',
    help: 'Orders that went into the database together.',
    buckets: sizeBuckets,
    registers,
  });
  const groupDurations = new Histogram({
    name: 'agizo_intake_group_duration_seconds',
    help: 'The transaction that places a group of orders.',
    buckets: groupBuckets,
    registers,
  });
  const orders = new Counter({
    name: 'agizo_orders_total',
    help: 'Orders by what came of them: placed, replayed, refused, failed (the database did), turned_away (too many waited).',
    labelNames: ['outcome'],
    registers,
  });
  const refusals = new Counter({
    name: 'agizo_refused_by_limit_total',
    help: 'Requests and orders that a limit refused with 429, by limit.',
    labelNames: ['limit'],
    registers,
  });
  const jobs = new Histogram({
    name: 'agizo_job_duration_seconds',
    help: 'Background jobs by kind and outcome: done or failed (and tried again).',
    labelNames: ['kind', 'outcome'],
    buckets: groupBuckets,
    registers,
  });
  const tries = new Histogram({
    name: 'agizo_provider_request_duration_seconds',
    help: 'Handing a message to the provider of its channel, by outcome.',
    labelNames: ['channel', 'outcome'],
    buckets: providerBuckets,
    registers,
  });

  for (const outcome of ['placed', 'replayed', 'refused', 'failed', 'turned_away']) orders.inc({ outcome }, 0);
  for (const limit of ['orders', 'numbers', 'caller', 'address', 'failed-tokens']) refusals.inc({ limit }, 0);
  // What a label's histogram is called by costs more than the observation: each is looked up once.
  const answers = new Map<string, { observe(seconds: number): void }>();

  return {
    answered(method, route, status, seconds) {
      const key = `${method} ${route} ${Math.floor(status / 100)}`;
      let answer = answers.get(key);
      if (!answer) answers.set(key, (answer = requests.labels(method, route, `${Math.floor(status / 100)}xx`)));
      answer.observe(seconds);
    },
    groupPlaced(size, seconds, outcomes) {
      groupSizes.observe(size);
      groupDurations.observe(seconds);
      if (!outcomes) return orders.inc({ outcome: 'failed' }, size);
      for (const [outcome, those] of Map.groupBy(outcomes, ({ kind }) => kind)) orders.inc({ outcome }, those.length);
    },
    orderTurnedAway: () => orders.inc({ outcome: 'turned_away' }),
    watchQueue(waiting) {
      asked(registry, 'agizo_intake_waiting', 'Orders that wait for the group before theirs.', (gauge) =>
        gauge.set(waiting()),
      );
    },
    limited: (limit) => refusals.inc({ limit }),
    jobRan: (kind, isDone, seconds) => jobs.observe({ kind, outcome: isDone ? 'done' : 'failed' }, seconds),
    messageTried: (channel, outcome, seconds) => tries.observe({ channel, outcome }, seconds),
    watch(sources) {
      watchPools(registry, sources.pools);
      watchBacklog(registry, sources.readBacklog, clock);
    },
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

/** A gauge that is set when somebody asks. */
function asked(
  registry: Registry,
  name: string,
  help: string,
  set: (gauge: Gauge) => void | Promise<void>,
  labelNames: string[] = [],
): void {
  const gauge: Gauge = new Gauge({ name, help, labelNames, registers: [registry], collect: () => set(gauge) });
}

function watchPools(registry: Registry, pools: MetricsSources['pools']): void {
  const set = (gauge: Gauge) => {
    for (const [pool, read] of Object.entries(pools)) {
      const { total, idle, waiting } = read();
      gauge.set({ pool, state: 'busy' }, total - idle);
      gauge.set({ pool, state: 'idle' }, idle);
      gauge.set({ pool, state: 'waiting' }, waiting);
    }
  };
  const help = 'Connections to the database, busy and idle, and queries that wait for one.';
  asked(registry, 'agizo_database_pool', help, set, ['pool', 'state']);
}

/** While the database doesn't answer, what it would have said is missing, and `agizo_database_up` is 0. */
function watchBacklog(registry: Registry, read: () => Promise<Backlog>, clock: () => Date): void {
  let reading: Promise<Backlog | undefined> | undefined;
  let readAtMs = Number.NEGATIVE_INFINITY;
  // All the gauges of one answer are set from one read.
  const recent = () => {
    if (performance.now() - readAtMs > backlogMaxAgeMs) {
      readAtMs = performance.now();
      const tooLate = new Promise<undefined>((resolve) => setTimeout(resolve, backlogPatienceMs, undefined).unref());
      reading = Promise.race([read(), tooLate]).catch(() => undefined);
    }
    return reading as Promise<Backlog | undefined>;
  };
  const add = (name: string, help: string, set: (gauge: Gauge, backlog: Backlog) => void, labelNames?: string[]) =>
    asked(
      registry,
      name,
      help,
      async (gauge) => {
        const backlog = await recent();
        gauge.reset();
        if (backlog) set(gauge, backlog);
      },
      labelNames,
    );
  asked(registry, 'agizo_database_up', 'Whether the database answered: 1 or 0.', async (gauge) =>
    gauge.set((await recent()) ? 1 : 0),
  );
  add('agizo_jobs_due', 'Background jobs that should have run by now.', (gauge, { jobs }) => gauge.set(jobs.due));
  add('agizo_jobs_oldest_due_seconds', 'How long the oldest of them has been due.', (gauge, { jobs }) =>
    gauge.set(jobs.oldestDueSeconds),
  );
  add('agizo_jobs_failed', 'Background jobs that failed for good and wait for people.', (gauge, { jobs }) =>
    gauge.set(jobs.failed),
  );
  const states = 'Messages that are not sent: queued (held_for says what some wait for), sending, or failed for good.';
  const stateLabels = ['channel', 'status', 'held_for'];
  const setStates = (gauge: Gauge, { messages }: Backlog) => {
    for (const { channel, status, heldFor, count } of messages)
      gauge.set({ channel, status, held_for: heldFor ?? '' }, count);
  };
  add('agizo_messages', states, setStates, stateLabels);
  const oldest = 'How long ago the oldest message was made that is not sent, and not held for anything.';
  const setOldest = (gauge: Gauge, { messages, channels }: Backlog) => {
    for (const { channel } of channels) {
      const those = messages.filter((each) => each.channel === channel && each.heldFor === null);
      const times = those.flatMap(({ oldestCreatedAt }) => oldestCreatedAt?.getTime() ?? []);
      gauge.set({ channel }, times.length === 0 ? 0 : Math.max(0, clock().getTime() - Math.min(...times)) / 1_000);
    }
  };
  add('agizo_messages_oldest_unsent_seconds', oldest, setOldest, ['channel']);
  const setPaused = (gauge: Gauge, { channels }: Backlog) => {
    for (const { channel, pause } of channels) gauge.set({ channel }, pause ? 1 : 0);
  };
  add('agizo_channel_paused', 'Whether a channel is paused: 1 or 0.', setPaused, ['channel']);
}
