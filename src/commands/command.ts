// Owns what a command is, and what the process gives it: its words, its terminal, and how it ends.

import type { Readable } from 'node:stream';
import type { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** What a command may know of the process that runs it. */
export interface Host {
  /** The environment, with what `.env` adds to it. */
  environment: Record<string, string | undefined>;
  /** Files and folders that people name are meant from here. */
  cwd: string;
  /** The program that runs this. */
  execPath: string;
  stdin: Readable;
  /** Standard output: what was asked for, fit for a pipe. */
  print(text: string): void;
  /** Standard error: what people should know beside it. */
  tell(text: string): void;
  /** Colours text for standard output, where that is a terminal that shows colours. */
  style(style: Style, text: string): string;
  /** Of the terminal at standard error; undefined where that is a file or a pipe. */
  columns: number | undefined;
  /** Ends, in the reverse order, when the command is done or the process is told to stop. */
  onStop(end: () => Promise<void>): void;
  /** Aborted when the process is told to stop. */
  stopping: AbortSignal;
}

/** 0 done, 1 refused or failed, 2 wrong usage; undefined while the command goes on until it is told to stop. */
export type ExitCode = 0 | 1 | 2 | undefined;

export interface Arguments {
  values: Record<string, string | boolean | undefined>;
  positionals: string[];
}

export interface Option {
  type: 'string' | 'boolean';
  /** What stands for its value in the help, such as N. */
  value?: string;
  about: string;
}

export interface Command {
  /** One word or two: `migrate`, `import products`. */
  name: string;
  /** One line for the list of commands. */
  summary: string;
  /** What follows the name: `FILE.csv`, `[USER]`. */
  operands?: string;
  /** The rest of the help: what it does, and examples. */
  description: string;
  options?: Record<string, Option>;
  isService?: boolean;
  run(host: Host, given: Arguments): Promise<ExitCode>;
}

/** The command line doesn't say what to do: exit code 2, with a pointer to the help. */
export class WrongUsage extends Error {
  override name = 'WrongUsage';
}

/** Something in the way, in one sentence for a person: exit code 1, without a stack. */
export class CannotStart extends Error {
  override name = 'CannotStart';
}
