// Owns running the command line as a process of its own, to its end.

import { spawn } from 'node:child_process';
import path from 'node:path';

export interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

const root = path.resolve(import.meta.dirname, '../..');

/** Runs `agizo ARGS` with no environment but the one given, in a folder without an `.env` of the developer's. */
export function agizo(args: string[], environment: Record<string, string> = {}, input = ''): Promise<Ended> {
  return endOf([process.execPath, path.join(root, 'src/main.ts'), ...args], environment, input);
}

/** The same by the launcher that is on the image's PATH. */
export const launchAgizo = (args: string[], launcher = path.join(root, 'bin/agizo')): Promise<Ended> =>
  endOf([launcher, ...args], {}, '');

function endOf(command: string[], environment: Record<string, string>, input: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command[0] as string, command.slice(1), {
      cwd: path.join(root, 'test'),
      env: {
        PATH: process.env['PATH'],
        NODE_V8_COVERAGE: process.env['NODE_V8_COVERAGE'],
        NODE_COMPILE_CACHE: path.join(root, 'node_modules/.cache/agizo'),
        LOG_LEVEL: 'warn',
        ...environment,
      },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk: Buffer) => (stderr += String(chunk)));
    child.stdin.on('error', () => undefined).end(input);
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}
