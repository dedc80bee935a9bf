// Owns the periods of a report: which days and hours there are between two days, and by which name each goes.

import { type Static, Type } from 'typebox';
import { addDays, daysBetween, startOfLocalDay } from '../platform/local-time.ts';
import { invalidRequest, Problem } from '../platform/problem.ts';

export const steps = ['hour', 'day', 'week', 'month'] as const;

export type Step = (typeof steps)[number];

/** The first and the last day, as 2026-11-26, in the time zone of the shop. */
export interface DayRange {
  from: string;
  to: string;
}

const defaultDays = 30;
const maxDays: Record<Step, number> = { hour: 31, day: 366, week: 1_830, month: 1_830 };

export const rangeFields = {
  from: Type.Optional(
    Type.String({
      format: 'date',
      description: `The first day; ${defaultDays - 1} days before the last unless given.`,
    }),
  ),
  to: Type.Optional(Type.String({ format: 'date', description: 'The last day; today unless given.' })),
};

const rangeQuery = Type.Object(rangeFields);

/** @throws Problem invalid-request for days in the wrong order, or more than a report of this step takes */
export function readRange(query: Static<typeof rangeQuery>, today: string, step: Step): DayRange {
  const to = query.to ?? today;
  const from = query.from ?? addDays(to, 1 - defaultDays);
  if (from > to) throw badRange('must not be after `to`');
  const most = maxDays[step];
  if (daysBetween(from, to) >= most) throw badRange(`must be within ${most} days of \`to\` in a report by ${step}`);
  return { from, to };
}

const badRange = (detail: string): Problem =>
  new Problem(invalidRequest, 'The days are not a range that can be asked for.', {
    errors: [{ pointer: '?from', detail }],
  });

/** As many days, right before. */
export const rangeBefore = ({ from, to }: DayRange): DayRange => ({
  from: addDays(from, -daysBetween(from, to) - 1),
  to: addDays(from, -1),
});

export function daysOf({ from, to }: DayRange): string[] {
  return Array.from({ length: daysBetween(from, to) + 1 }, (_, index) => addDays(from, index));
}

/** The period that a day is in: itself, the Monday of its week (ISO 8601), or the first of its month. */
export function periodOfDay(day: string, step: Exclude<Step, 'hour'>): string {
  if (step === 'day') return day;
  if (step === 'month') return `${day.slice(0, 7)}-01`;
  const sinceMonday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  return addDays(day, -sinceMonday);
}

const hourMs = 3_600_000;

/** When the hours of a day begin: 24 of them, but for the days on which clocks are changed. */
export function hoursOf(day: string, timeZone: string): Date[] {
  const hours: Date[] = [];
  const end = startOfLocalDay(addDays(day, 1), timeZone).getTime();
  for (let at = startOfLocalDay(day, timeZone).getTime(); at < end; at += hourMs) hours.push(new Date(at));
  return hours;
}

export const daySpan = (day: string, timeZone: string) => ({
  day,
  startsAt: startOfLocalDay(day, timeZone),
  endsAt: startOfLocalDay(addDays(day, 1), timeZone),
});
