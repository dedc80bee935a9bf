// Owns making statements fail on their way to PostgreSQL: the n-th that the code under test sends, in one of the ways in which they do.

import type { Socket } from 'node:net';
import pg from 'pg';

/**
 * `error` and `time-out`: the server refuses the statement. `lost before`: the connection ends before it is sent.
 * `lost after`: it ends when the server has done it, and nobody hears of that.
 */
export const faults = ['error', 'time-out', 'lost before', 'lost after'] as const;

export type Fault = (typeof faults)[number];

export interface FaultyStatements {
  /** Runs the work as it is, and tells of each statement when it has been answered. */
  watch<T>(onStatement: (text: string) => Promise<void>, work: () => Promise<T>): Promise<T>;
  /** @param statement counted from 1. @returns what came of the work, and whether there was such a statement */
  fail<T>(statement: number, fault: Fault, work: () => Promise<T>): Promise<{ result: T; hit: boolean }>;
  /** Statements are sent as ever from then on. */
  stop(): void;
}

interface Watch {
  seen: number;
  failing?: { statement: number; fault: Fault };
  onStatement?: (text: string) => Promise<void>;
  /** One is told of after the other, also where several are on their way. */
  told: Promise<void>;
}

/** As the driver has it, where its types don't say so. */
type Client = pg.Client & { connectionParameters: { application_name?: string } };

type Query = (this: Client, ...parts: unknown[]) => Promise<unknown>;

/** XX000 is an internal error, of which nobody knows the reason; 57014 is what a time-out ends with. */
const raise = (fault: Fault): string =>
  `do $$ begin raise exception 'injected' using errcode = '${fault === 'error' ? 'XX000' : '57014'}'; end $$`;

const textOf = ([first]: unknown[]): string => (typeof first === 'string' ? first : (first as pg.QueryConfig).text);

const cut = (client: pg.Client): void => void (client.connection.stream as Socket).destroy();

/** Between the driver and everything of ours: connections whose name begins with `agizo` are those of the code under test. */
export function faultyStatements(): FaultyStatements {
  const prototype = pg.Client.prototype as unknown as { query: Query };
  const { query } = prototype;
  let current: Watch | undefined;

  async function watched(client: Client, watch: Watch, parts: unknown[]): Promise<unknown> {
    watch.seen += 1;
    const fault = watch.failing?.statement === watch.seen ? watch.failing.fault : undefined;
    if (fault === 'error' || fault === 'time-out') return query.call(client, raise(fault));
    if (fault === 'lost before') cut(client);
    // Sent at once in any case: what comes in the same turn must come behind it.
    const answer = query.apply(client, parts);
    if (fault === 'lost after') {
      await answer.catch(() => undefined);
      cut(client);
      throw new Error('Connection terminated unexpectedly');
    }
    if (!watch.onStatement) return answer;
    await answer.catch(() => undefined);
    watch.told = watch.told.then(() => watch.onStatement?.(textOf(parts)));
    await watch.told;
    return answer;
  }

  prototype.query = function (this: Client, ...parts) {
    const isOurs = this.connectionParameters.application_name?.startsWith('agizo');
    // With a callback it is the driver that asks, through a promise of its own.
    if (!current || !isOurs || typeof parts.at(-1) === 'function') return query.apply(this, parts);
    return watched(this, current, parts);
  };

  async function during<T>(watch: Watch, work: () => Promise<T>): Promise<T> {
    current = watch;
    try {
      return await work();
    } finally {
      current = undefined;
    }
  }

  return {
    watch: (onStatement, work) => during({ seen: 0, onStatement, told: Promise.resolve() }, work),
    async fail(statement, fault, work) {
      const watch: Watch = { seen: 0, failing: { statement, fault }, told: Promise.resolve() };
      const result = await during(watch, work);
      return { result, hit: watch.seen >= statement };
    },
    stop: () => void (prototype.query = query),
  };
}
