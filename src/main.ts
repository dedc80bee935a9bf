// Owns the process: its arguments, its streams, its signals, and its end.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { loadEnvFile } from 'node:process';
import { styleText } from 'node:util';
import { type Host, WrongUsage } from './commands/command.ts';
import { readCommandLine } from './commands/command-line.ts';
import { explain } from './commands/explain.ts';

const stopTimeoutMs = 4_500;
const parentPollMs = 500;

function readVersion(): string {
  const file = path.resolve(import.meta.dirname, '../package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function createHost(onStop: Host['onStop'], stopping: AbortSignal): Host {
  const { stdin, stdout, stderr, env } = process;
  return {
    environment: env,
    cwd: process.cwd(),
    execPath: process.execPath,
    stdin,
    print: (text) => void stdout.write(text),
    tell: (text) => void stderr.write(text),
    style: (style, text) => styleText(style, text, { stream: stdout }),
    columns: stderr.isTTY ? stderr.columns : undefined,
    onStop,
    stopping,
  };
}

/** npm starts us from a shell that keeps signals to itself: when that shell is gone, nobody else will tell us to stop. */
function watchNpm(stopping: AbortSignal, stop: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent && !stopping.aborted) stop();
  }, parentPollMs).unref();
}

async function main(): Promise<void> {
  const ends: (() => Promise<void>)[] = [];
  const stopping = new AbortController();
  const stop = async (exitCode: number) => {
    if (stopping.signal.aborted) process.exit(1);
    stopping.abort();
    // Whatever hangs must not keep the process: what was promised to anyone is in the database.
    setTimeout(() => process.exit(1), stopTimeoutMs).unref();
    for (const end of ends.toReversed())
      await end().catch((error: unknown) => process.stderr.write(`${explain(error)}\n`));
    process.exit(exitCode);
  };
  try {
    const task = readCommandLine(process.argv.slice(2), readVersion());
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(task.isService ? 0 : 1));
    watchNpm(stopping.signal, () => void stop(1));
    if (existsSync('.env')) loadEnvFile('.env');
    const exitCode = await task.run(createHost((end) => ends.push(end), stopping.signal));
    if (exitCode !== undefined && !stopping.signal.aborted) await stop(exitCode);
  } catch (error) {
    // Whoever told it to stop knows why it failed.
    if (stopping.signal.aborted) return;
    process.stderr.write(`${explain(error)}\n`);
    await stop(error instanceof WrongUsage ? 2 : 1);
  }
}

await main();
