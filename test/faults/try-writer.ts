// Owns trying a writer against faults: each statement that it sends fails once, and it has happened as a whole or not at all.

import { expect } from 'vitest';
import { type Facts, type FactsReader, factsSince } from '../support/facts.ts';
import { type Fault, type FaultyStatements, faults } from '../support/faulty-statements.ts';

/**
 * What its caller hears: `done before` is a refusal that says so, such as 412 to somebody who repeats a change with If-Match;
 * `come again` is a failure that passes.
 */
export type Said = 'done' | 'done before' | 'failed' | 'come again';

export interface Writer {
  /** Does it, as its caller would: also again after it has failed, with the same key. Undefined where nobody hears of it. */
  attempt(): Promise<Said | undefined>;
  /** Makes what the process remembers what it was in the beginning. */
  reset?: () => void;
  /** How many transactions it is, one after another and each whole; 1 unless given, and 0 for what only looks like a writer. */
  transactions?: number;
  /** Long: some of its statements are tried, and those that commit, where it is not thorough. */
  isLong?: boolean;
  /** Columns that may tell of the fault, by table. */
  omitted?: Readonly<Record<string, string[]>>;
  /** What is true in the end without a fault. */
  ends?: (end: string) => void;
  /** What is true in the end, where a fault leaves traces that are right to stay; else it is the same as without one. */
  holds?: (end: string, failed: { statement: string; fault: Fault }) => void;
  /** Its caller is told of what passes. */
  tellsWhatPasses?: boolean;
}

export interface Tools {
  facts: FactsReader;
  faulty: FaultyStatements;
  /** Every fault at every statement; else all that matter where something is committed, and one in turn at the others. */
  isThorough: boolean;
  /** Told of the tables that a writer changes. */
  onChanged: (table: string) => void;
}

interface Statement {
  text: string;
  commits: boolean;
}

/** Beside those that commit. */
const triedOfLong = 4;
const maxShown = 10;

/** What is there now is where it begins from, each time. */
export async function tryWriter(writer: Writer, tools: Tools): Promise<void> {
  const { facts, faulty } = tools;
  const before = await facts.readSettled();
  const textOf = factsSince(before, writer.omitted);
  const { statements, states } = await runWell(writer, tools, textOf);
  const end = states.at(-1) as string;
  writer.ends?.(end);

  const step = writer.isLong ? Math.ceil(statements.length / triedOfLong) : 1;
  const broken: string[] = [];
  let last: Facts | undefined;
  for (const [index, statement] of statements.entries()) {
    for (const fault of tools.isThorough ? faults : faultsFor(statement, index, step)) {
      const complain = (what: string) => void broken.push(`${fault} at ${index + 1}, ${cut(statement.text)}: ${what}`);
      await facts.restore(before, last);
      writer.reset?.();
      const first = await faulty.fail(index + 1, fault, () => writer.attempt());
      if (!first.hit) complain('it was not sent');
      const state = textOf(await facts.readSettled());
      if (!states.includes(state)) complain(`something in between\n${difference(end, state)}`);
      if (writer.tellsWhatPasses && first.result === 'failed' && fault !== 'error')
        complain('it passes, and nobody says so');
      if (first.result?.startsWith('done') && state !== end) complain(`it says "${first.result}", and it is not`);
      const second = await writer.attempt();
      if (second === 'failed' || second === 'come again' || (second === 'done before' && state !== end))
        complain(`trying again says "${second}"`);
      last = await facts.readSettled();
      const final = textOf(last);
      if (writer.holds) writer.holds(final, { statement: statement.text, fault });
      else if (final !== end) complain(`trying again ends elsewhere\n${difference(end, final)}`);
    }
  }
  expect(broken.slice(0, maxShown).join('\n'), `${broken.length} faults did harm`).toBe('');
}

/** Without a fault: what it sends, and what others see of it after each statement. */
async function runWell(
  writer: Writer,
  { facts, faulty, onChanged }: Tools,
  textOf: (now: Facts) => string,
): Promise<{ statements: Statement[]; states: string[] }> {
  const statements: Statement[] = [];
  const before = await facts.read();
  const states = [textOf(before)];
  const said = await faulty.watch(
    async (text) => {
      const state = textOf(await facts.read());
      const commits = state !== states.at(-1);
      statements.push({ text, commits });
      if (commits) states.push(state);
    },
    () => writer.attempt(),
  );
  expect(said ?? 'done', 'what it says without a fault').toBe('done');
  const after = await facts.readSettled();
  for (const [table, rows] of Object.entries(after)) {
    if (rows !== before[table]) onChanged(table);
  }
  expect(states.length - 1, 'transactions that write').toBe(writer.transactions ?? 1);
  return { statements, states };
}

function faultsFor({ commits }: Statement, index: number, step: number): readonly Fault[] {
  if (commits) return ['lost before', 'lost after'];
  return index % step === 0 ? [faults[(index / step) % 3] as Fault] : [];
}

const cut = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, 100);

/** The rows that only one of two has, or has more often. */
function difference(expected: string, found: string): string {
  const more = (of: string, than: string, mark: string) => {
    const rest = than.split('\n');
    return of.split('\n').flatMap((row) => {
      const at = rest.indexOf(row);
      if (at >= 0) rest.splice(at, 1);
      return at >= 0 ? [] : [`  ${mark} ${row}`];
    });
  };
  return [...more(expected, found, '-'), ...more(found, expected, '+')].slice(0, maxShown).join('\n');
}
