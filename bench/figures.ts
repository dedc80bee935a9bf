// Owns what a measurement comes to: its figures, the median of several, and the one table they are printed in.

export interface Figures {
  connections: number;
  perSecond: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  /** CPU, in milliseconds for 1,000 orders or answers. */
  serviceCpuMs?: number;
  postgresCpuMs: number;
  generatorCpuMs: number;
  /** What an order adds to the write-ahead log, in bytes. */
  walBytes?: number;
  /** Orders a transaction. */
  groupSize?: number;
  /** Answers that said no, over all runs. */
  refused?: number;
  /** Of the largest service process, resident. */
  serviceMb?: number;
}

export interface Row {
  name: string;
  figures: Figures;
  /** What `perSecond` is compared with, where there is something. */
  bar?: number | undefined;
}

/** The median of each figure on its own. */
export function medianOf(runs: Figures[]): Figures {
  const keys = Object.keys(runs[0] as Figures) as (keyof Figures)[];
  const median = (key: keyof Figures) => {
    const values = runs.map((run) => run[key] as number).toSorted((a, b) => a - b);
    return values[Math.floor(values.length / 2)] as number;
  };
  return Object.fromEntries(keys.map((key) => [key, median(key)])) as unknown as Figures;
}

export function quantile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** What nobody waits for has none. */
const latency = (ms: number) => (Number.isNaN(ms) ? '' : ms.toFixed(1));

const columns: [string, (row: Row) => string][] = [
  ['connections', ({ figures }) => whole.format(figures.connections)],
  ['a second', ({ figures }) => whole.format(figures.perSecond)],
  ['× reference', ({ figures, bar }) => (bar === undefined ? '' : (figures.perSecond / bar).toFixed(1))],
  ['p50 ms', ({ figures }) => latency(figures.p50Ms)],
  ['p95 ms', ({ figures }) => latency(figures.p95Ms)],
  ['p99 ms', ({ figures }) => latency(figures.p99Ms)],
  ['service CPU', ({ figures }) => figures.serviceCpuMs?.toFixed(0) ?? ''],
  ['PostgreSQL CPU', ({ figures }) => figures.postgresCpuMs.toFixed(0)],
  ['load CPU', ({ figures }) => figures.generatorCpuMs.toFixed(0)],
  ['WAL an order', ({ figures }) => (figures.walBytes === undefined ? '' : whole.format(figures.walBytes))],
  ['orders a group', ({ figures }) => figures.groupSize?.toFixed(1) ?? ''],
  ['refused', ({ figures }) => (figures.refused === undefined ? '' : whole.format(figures.refused))],
  ['service MB', ({ figures }) => figures.serviceMb?.toFixed(0) ?? ''],
];

const line = (cells: string[]) => `| ${cells.join(' | ')} |`;

/** A Markdown table; CPU is in milliseconds for 1,000 orders or answers. */
export function table(rows: Row[]): string {
  return [
    line(['', ...columns.map(([title]) => title)]),
    line(['---', ...columns.map(() => '---:')]),
    ...rows.map((row) => line([row.name, ...columns.map(([, cell]) => cell(row))])),
  ].join('\n');
}
