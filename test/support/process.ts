// Owns the service under test as a process of its own: started as `npm start` does, watched, stopped and killed.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '../../src/local-database/local-postgres.ts';
import { settings } from '../../src/settings.ts';
import { startGuardian } from './guardian.ts';
import { eventually } from './service.ts';

export interface ServiceProcess {
  url: string;
  port: number;
  child: ChildProcess;
  /** What it has written so far, to both of its outputs. */
  output(): string;
  /** Resolves with its exit code; null when a signal ended it. */
  ended: Promise<number | null>;
  /** Resolves when it serves, or, as a worker, says that it runs. @throws Error with its output if it ends instead */
  ready(): Promise<void>;
  /** SIGINT, as Ctrl-C sends it. */
  interrupt(): Promise<{ exitCode: number | null; tookMs: number }>;
}

const root = path.resolve(import.meta.dirname, '../..');
const startScript: string = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).scripts.start;

/** The command of `npm start`, with its files named from the root, so that it can be started in any folder. */
const startArguments = startScript
  .split(' ')
  .slice(1)
  .map((part) => (/^(\.\/)?src\//.test(part) ? path.join(root, part) : part));

export interface Launcher {
  /** An empty folder, which is also where the processes run: an `.env` here is theirs. */
  folder: string;
  /** Starts the service with its data in `folder`, unless `environment` says otherwise. */
  launch(environment?: Record<string, string>): Promise<ServiceProcess>;
  /** The same by `npm start`, in the root; the process is npm's. */
  launchByNpm(environment?: Record<string, string>): Promise<ServiceProcess>;
  /** Kills what still runs, and removes the folder. */
  clean(): Promise<void>;
}

export function createLauncher(): Launcher {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'agizo-process-'));
  const started: ServiceProcess[] = [];
  const guardian = startGuardian();

  async function launch(command: string[], cwd: string, environment: Record<string, string>): Promise<ServiceProcess> {
    const port = environment['PORT'] === undefined ? await freePort() : Number(environment['PORT']);
    const child = spawn(command[0] as string, command.slice(1), {
      cwd,
      // Of its own group, so that Ctrl-C can be sent to all that the terminal would send it to.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        NODE_V8_COVERAGE: process.env['NODE_V8_COVERAGE'],
        // Beside the product's own, whatever folder it runs in.
        NODE_COMPILE_CACHE: path.join(root, 'node_modules/.cache/agizo'),
        DATA_DIR: path.join(folder, 'data'),
        PORT: String(port),
        ...environment,
      },
    });
    if (child.pid !== undefined) guardian.watch(child.pid);
    let text = '';
    const hear = (chunk: Buffer) => {
      text += String(chunk);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    let hasEnded = false;
    const ended = new Promise<number | null>((resolve) =>
      child.once('close', (code) => {
        hasEnded = true;
        resolve(code);
      }),
    );
    const url = `http://localhost:${port}`;
    const service: ServiceProcess = {
      url,
      port,
      child,
      output: () => text,
      ended,
      async ready() {
        await eventually(
          'the service is ready',
          async () => {
            if (hasEnded) throw new Error(`ended instead of starting:\n${text}`);
            if (text.includes('worker is running')) return true;
            const answer = await fetch(`${url}/readyz`).catch(() => undefined);
            return answer?.ok;
          },
          30_000,
        );
      },
      async interrupt() {
        const sentMs = performance.now();
        process.kill(-(child.pid as number), 'SIGINT');
        return { exitCode: await ended, tookMs: performance.now() - sentMs };
      },
    };
    started.push(service);
    return service;
  }

  return {
    folder,
    launch: (environment = {}) => launch([process.execPath, ...startArguments], folder, environment),
    launchByNpm(environment = {}) {
      // A variable that is set, if to nothing, is not read from the developer's own .env.
      const unset = Object.fromEntries(settings.map(({ name }) => [name, '']));
      const own = { DATA_DIR: path.join(folder, 'data') };
      return freePort().then((port) =>
        launch(['npm', 'start'], root, { ...unset, ...own, PORT: String(port), ...environment }),
      );
    },
    async clean() {
      for (const { child } of started) {
        if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid as number), 'SIGKILL');
      }
      await Promise.all(started.map(({ ended }) => ended));
      guardian.leave();
      rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}

/** The number of the PostgreSQL that runs on the data folder. */
export const postgresOf = (dataDir: string): number =>
  Number(readFileSync(path.join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);

/** As when its machine loses power: every process of it is gone, and nobody was told. */
export function killPostgres(postmaster: number): void {
  const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8').trim().split(' ');
  for (const pid of [postmaster, ...children.filter(Boolean).map(Number)]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself in between.
    }
  }
}

/** Whether there is a process of this number. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
