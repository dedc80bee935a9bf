// Owns a laboratory for containers: a network of its own that leads nowhere, and the end of all that ran in it.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Something that this machine lacks: the part is skipped, and says so. */
export class CannotRun extends Error {
  override name = 'CannotRun';
}

export interface Result {
  exitCode: number;
  /** Standard output and error, as they came. */
  output: string;
}

export interface Lab {
  /** What a command is put after to see the lab's network. */
  inside: readonly string[];
  /** A folder that goes with the lab. */
  folder: string;
  /** Runs in the lab's network. @throws Error with what was printed, unless it ends with 0 */
  run(...command: string[]): Promise<string>;
  /** The same, whatever it ends with. */
  attempt(...command: string[]): Promise<Result>;
  /** Runs in this machine's own network, from which images and packages come. Whatever it ends with. */
  attemptOutside(...command: string[]): Promise<Result>;
  /** Ends with the lab, in the reverse order. */
  onEnd(end: () => Promise<unknown>): void;
  end(): Promise<void>;
}

const timeoutMs = 300_000;

export const isInstalled = (tool: string): boolean => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0;

/** @throws CannotRun naming what is missing and how to get it */
export function assertTools(tools: readonly string[]): void {
  const missing = tools.filter((tool) => !isInstalled(tool));
  if (missing.length > 0) throw new CannotRun(`not here: ${missing.join(', ')}. apt-get install ${missing.join(' ')}`);
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new CannotRun('a network namespace needs Linux and root');
}

export function createLab(): Lab {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'agizo-verify-'));
  const name = path.basename(folder);
  const inside = ['nsenter', `--net=/var/run/netns/${name}`];
  const ends: (() => Promise<unknown>)[] = [];
  // As plain as it gets: no systemd, and limits that a container may set without asking.
  const containersConf = path.join(folder, 'containers.conf');
  writeFileSync(
    containersConf,
    '[containers]\ndefault_ulimits = ["nofile=16384:16384", "nproc=8192:8192"]\n' +
      '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\nruntime = "runc"\n',
  );
  const environment = { ...process.env, CONTAINERS_CONF: process.env['CONTAINERS_CONF'] ?? containersConf };

  const attempt = (...command: string[]): Promise<Result> => execute([...inside, ...command], environment);
  const attemptOutside = (...command: string[]): Promise<Result> => execute(command, environment);
  for (const command of [
    ['netns', 'add', name],
    ['-n', name, 'link', 'set', 'lo', 'up'],
  ])
    if (spawnSync('ip', command).status !== 0) throw new CannotRun('this machine lets nobody make a network namespace');
  return {
    inside,
    folder,
    run: async (...command) => outputOf(command, await attempt(...command)),
    attempt,
    attemptOutside,
    onEnd: (end) => ends.push(end),
    async end() {
      for (const end of ends.toReversed()) await end().catch(() => undefined);
      spawnSync('ip', ['netns', 'delete', name]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @throws Error with what was printed, unless the command ended with 0 */
export function outputOf(command: readonly string[], { exitCode, output }: Result): string {
  if (exitCode === 0) return output;
  throw new Error(`${command.join(' ')} ended with ${exitCode}:\n${output.slice(-4_000)}`);
}

function execute([command, ...args]: string[], env: NodeJS.ProcessEnv): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(command as string, args, { stdio: ['ignore', 'pipe', 'pipe'], env, timeout: timeoutMs });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += String(chunk)));
    child.once('error', reject);
    child.once('close', (code) => resolve({ exitCode: code ?? -1, output: withoutNoise(output) }));
  });
}

/** podman 4 says at every container with a HEALTHCHECK that there is no systemd to ask for it. */
const withoutNoise = (output: string): string => output.replace(/^time=.*(?:systemd|healthcheck).*\n/gm, '');

/** Asks until the command ends with 0. @throws Error with what it said last */
export async function untilDone(lab: Lab, seconds: number, ...command: string[]): Promise<void> {
  let last = '';
  for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await delay(100)) {
    const { exitCode, output } = await lab.attempt(...command);
    if (exitCode === 0) return;
    last = output;
  }
  throw new Error(`${command.join(' ')} did not succeed in ${seconds} s: ${last}`);
}
