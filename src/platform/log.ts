// Owns the log: JSON lines for machines, and what must never be in them.

import { type Logger, pino } from 'pino';

/** Paths that hold secrets wherever a request or an error is logged. */
const secrets = [
  '*.authorization',
  '*.headers.authorization',
  '*.headers.apikey',
  '*.password',
  '*.client_secret',
  '*.token',
];

export type { Logger };

export const createLogger = (level: string): Logger =>
  pino({ level, redact: { paths: secrets, censor: '[hidden]' }, timestamp: pino.stdTimeFunctions.isoTime });
