// Owns how a simulation tells what went wrong: its seed, each violation, and the part of the history that it is about.

import type { Day } from './day.ts';
import { bodyOf, type Call, problemOf } from './history.ts';

const maxViolations = 20;
const maxCalls = 40;

export function tell({ calls, violations }: Pick<Day, 'calls' | 'violations'>, seed: number): string {
  if (violations.length === 0) return `seed ${seed}: no violation`;
  const [firstMs] = calls.map(({ fromMs }) => fromMs);
  const told = violations.slice(0, maxViolations).map(({ fact, what, about, during }) => {
    const part = calls.filter((call) => isAbout(call, about) && isWithin(call, during));
    const lines = part.slice(-maxCalls).map((call) => `    ${lineOf(call, firstMs ?? 0)}`);
    const left = part.length > maxCalls ? `    … and ${part.length - maxCalls} calls before\n` : '';
    return `${fact}:\n  ${what}\n${left}${lines.join('\n')}`;
  });
  const more = violations.length > maxViolations ? `\n… and ${violations.length - maxViolations} more` : '';
  return `seed ${seed}: ${violations.length} violations\n${told.join('\n')}${more}`;
}

/** How often each was asked and how it was answered, a line each. */
export function countCalls(calls: readonly Call[]): string {
  const counts = new Map<string, number>();
  for (const call of calls) {
    const said = problemOf(call) ?? (call.answer ? (call.answer.isReplay ? 'again' : 'done') : 'no answer');
    const key = `${call.asked.kind}: ${said}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, count]) => `${key} ${count}`)
    .join('\n');
}

const isWithin = ({ fromMs, toMs }: Call, during: { fromMs: number; toMs: number } | undefined): boolean =>
  during === undefined || (toMs >= during.fromMs && fromMs <= during.toMs);

/** Whether a call says or was told anything of one of them. */
function isAbout({ asked, answer }: Call, about: readonly string[]): boolean {
  if (about.length === 0 || asked.kind === 'list-orders') return false;
  const text = `${JSON.stringify(asked)} ${JSON.stringify(answer?.body ?? '')}`;
  return about.some((each) => text.includes(each));
}

function lineOf({ client, asked, answer, fromMs, toMs, lost }: Call, firstMs: number): string {
  const { kind, ...rest } = asked;
  const body = bodyOf<Record<string, unknown>>({ answer });
  const shown = ['id', 'status', 'version', 'stock', 'price', 'total_amount', 'current_status', 'products', 'type']
    .filter((name) => body[name] !== undefined)
    .map((name) => `${name} ${JSON.stringify(body[name])}`);
  const said = answer
    ? `${answer.status}${answer.isReplay ? ' again' : ''} ${answer.etag ?? ''} ${shown.join(', ')}`
    : 'no answer';
  const times = `${(fromMs - firstMs).toFixed(1)}–${(toMs - firstMs).toFixed(1)} ms`;
  return `${times} ${client} ${kind} ${JSON.stringify(rest)}: ${lost > 0 ? `${lost} lost, ` : ''}${said}`;
}
