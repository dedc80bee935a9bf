// Owns the log: JSON lines for machines, shorter ones for people, and what must never be in them.

import { type DestinationStream, type Logger, pino } from 'pino';

/** Members that hold secrets or say what people wrote, wherever a request or an error is logged. */
const secrets = [
  '*.authorization',
  '*.headers.authorization',
  '*.headers.apikey',
  '*.password',
  '*.client_secret',
  '*.token',
  // What PostgreSQL says beside its message quotes the row.
  'err.detail',
  'err.where',
  'err.internalQuery',
];

/** Whole phone numbers (E.164) and access tokens, wherever they come from. */
const unsayable = /\+\d{7,15}\b|\beyJ[\w-]{10,}\.[\w-]+\.[\w-]*/g;

/** Text without whole phone numbers and tokens: of a number, the country and the last two digits stay. */
export const withoutSecrets = (text: string): string =>
  text.replace(unsayable, (found) => (found[0] === '+' ? `${found.slice(0, 4)}…${found.slice(-2)}` : '[token]'));

export type { Logger };

/** A fault that comes again within this time is no news: the stack of each would fill the disk while the database is away. */
const sayAgainMs = 10_000;
const maxRemembered = 200;

interface Said {
  atMs: number;
  unsaid: number;
}

/**
 * What is to be said of a fault: all of it the first time in ten seconds, with how often it was left unsaid before; then,
 * where it is about something, such as a request, one line without the stack; else nothing.
 */
function createSparing(nowMs: () => number): (facts: Facts, message: unknown) => object | undefined {
  const said = new Map<string, Said>();
  return ({ err, ...about }, message) => {
    const key = `${String(message)} ${err.code ?? ''} ${err.message.replace(/\d+/g, '#').slice(0, 200)}`;
    const before = said.get(key);
    if (!before || nowMs() - before.atMs >= sayAgainMs) {
      if (said.size >= maxRemembered) said.clear();
      said.set(key, { atMs: nowMs(), unsaid: 0 });
      return { ...about, err, ...(before && before.unsaid > 0 && { repeated: before.unsaid }) };
    }
    before.unsaid += 1;
    return Object.keys(about).length > 0 ? { ...about, reason: err.message } : undefined;
  };
}

interface Facts extends Record<string, unknown> {
  err: Error & { code?: string };
}

const hasFault = (facts: unknown): facts is Facts =>
  typeof facts === 'object' && facts !== null && 'err' in facts && facts.err instanceof Error;

/** Writes to standard output, unless `destination` is given. @param nowMs of a clock that nobody sets */
export function createLogger(
  level: string,
  destination?: DestinationStream,
  nowMs: () => number = () => performance.now(),
): Logger {
  const sparing = createSparing(nowMs);
  return pino(
    {
      level,
      redact: { paths: secrets, censor: '[hidden]' },
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: {
        streamWrite: withoutSecrets,
        logMethod(args, method) {
          const [facts, message] = args as unknown[];
          const spared = hasFault(facts) ? sparing(facts, message) : facts;
          if (spared !== undefined) method.call(this, spared as object, ...(args.slice(1) as [string]));
        },
      },
    },
    destination ?? pino.destination(1),
  );
}

/** For the terminal of a person: the time, the level, what happened, and the stack of an error below. */
export function readableLog(write: (text: string) => void): DestinationStream {
  return {
    write(line) {
      const { time, level, msg, err, pid: _pid, hostname: _hostname, ...rest } = JSON.parse(line) as LogLine;
      const details = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : '';
      const stack = err?.stack ? `\n${err.stack.replace(/^/gm, '    ')}` : '';
      write(`${time.slice(11, 19)} ${pino.levels.labels[level]} ${msg ?? ''}${details}${stack}\n`);
    },
  };
}

interface LogLine {
  time: string;
  level: number;
  msg?: string;
  err?: { stack?: string };
  pid: number;
  hostname: string;
}
