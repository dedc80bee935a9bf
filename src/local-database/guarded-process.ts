// Owns a server started as a child process that ends when ours does, however ours ends.

import { type ChildProcess, spawn } from 'node:child_process';
import os from 'node:os';

export interface GuardedProcess {
  /** Of the guardian: the server is its child. */
  pid: number;
  /** Resolves when the server has ended, asked to or not. */
  ended: Promise<void>;
  /** Ends the server in good order; a second call waits for the first. */
  stop(): Promise<void>;
}

const startTimeoutMs = 20_000;
const stopTimeoutMs = 4_000;

// Waits on a pipe that closes when our process ends, be it by `kill -9`, and then interrupts the server. Not by a program,
// which would outlive the shell that waits for it, and hold what the server wrote last.
const guardian =
  '"$@" 3<&- & child=$!; { read -r _ <&3; kill -INT $child 2>/dev/null; } & wait $child; kill $! 2>/dev/null';

/**
 * Starts `command` and waits until it writes `readyText` to its standard error. SIGINT must make it stop at once.
 * @throws Error with the last line that it wrote
 */
export async function startGuarded(name: string, command: string[], readyText: string): Promise<GuardedProcess> {
  const child = spawnGuarded(name, command);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  try {
    await untilReady(child, readyText);
  } catch (error) {
    await stopGuarded(child, ended);
    throw error;
  }
  let stopped: Promise<void> | undefined;
  return { pid: child.pid as number, ended, stop: () => (stopped ??= stopGuarded(child, ended)) };
}

/** In a process group of its own: Ctrl-C in the terminal is for us to answer, in the right order. */
function spawnGuarded(name: string, command: string[]): ChildProcess {
  const options = { detached: true, stdio: ['ignore', 'ignore', 'pipe', 'pipe'] as ('ignore' | 'pipe')[] };
  if (os.platform() === 'win32') return spawn(command[0] as string, command.slice(1), options);
  return spawn('/bin/sh', ['-c', guardian, name, ...command], options);
}

function untilReady(child: ChildProcess, readyText: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => fail(`no answer in ${startTimeoutMs / 1000} s`), startTimeoutMs);
    function fail(reason: string) {
      clearTimeout(timer);
      reject(new Error(reason));
    }
    child.once('error', (error) => fail(error.message));
    // Not on 'exit': what was written last may still be in the pipe.
    child.once('close', () => fail(lastLine(output)));
    child.stderr?.on('data', (chunk: Buffer) => {
      output = (output + String(chunk)).slice(-4_000);
      if (!output.includes(readyText)) return;
      clearTimeout(timer);
      // From here on its messages are nobody's; the pipe must be read all the same, or the server would block on it.
      child.stderr?.removeAllListeners('data').resume();
      release(child);
      resolve();
    });
  });
}

/** What is left open to the child doesn't keep our process running. */
function release(child: ChildProcess): void {
  child.unref();
  for (const pipe of [child.stdio[2], child.stdio[3]]) (pipe as unknown as { unref(): void }).unref();
}

async function stopGuarded(child: ChildProcess, ended: Promise<void>): Promise<void> {
  // A child that never came to be has no number, and no exit either.
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  child.ref();
  // Closing the pipe is the guardian's signal.
  (child.stdio[3] as unknown as { destroy(): void }).destroy();
  if (os.platform() === 'win32') child.kill();
  await ended;
  clearTimeout(timer);
}

/** The line that says most: PostgreSQL's FATAL rather than the hint after it. */
export function lastLine(text: string): string {
  const lines = text.trim().split('\n');
  return lines.findLast((line) => /FATAL|error:/.test(line)) ?? lines.at(-1) ?? '';
}
