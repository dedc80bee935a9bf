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

/** Writes to standard output, unless `destination` is given. */
export const createLogger = (level: string, destination?: DestinationStream): Logger =>
  pino(
    {
      level,
      redact: { paths: secrets, censor: '[hidden]' },
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: { streamWrite: withoutSecrets },
    },
    destination ?? pino.destination(1),
  );

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
