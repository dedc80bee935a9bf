// Owns building the console where its sources are there and what was built is older: beside the service, which doesn't wait for it.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { consoleFolder } from '../console/built-files.ts';
import type { Logger } from '../platform/log.ts';

const root = path.resolve(import.meta.dirname, '../..');
const sources = path.join(root, 'console');
export const vite = path.join(root, 'node_modules/vite/bin/vite.js');

function newestSourceMs(): number {
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter(
    (file) => !file.startsWith('node_modules'),
  );
  return Math.max(...files.map((file) => statSync(path.join(sources, file)).mtimeMs));
}

/** An image has what was built, and neither the sources nor what builds them. */
export function isStale(): boolean {
  if (!existsSync(sources) || !existsSync(vite)) return false;
  const page = path.join(consoleFolder, 'index.html');
  return !existsSync(page) || statSync(page).mtimeMs < newestSourceMs();
}

/** What the build says of itself goes to `logger`. @param execPath the program that runs this @returns what ends it early */
export function buildConsole(execPath: string, logger: Logger): () => Promise<void> {
  if (!isStale()) return () => Promise.resolve();
  logger.info('the console is being built');
  const child = spawn(execPath, [vite, 'build', sources, '--logLevel', 'error'], { cwd: root, stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      logger.error({ err: error }, 'the console could not be built');
      resolve();
    });
    child.once('exit', (code, signal) => {
      if (code === 0) logger.info('the console is ready');
      else if (signal === null)
        logger.error({ code }, 'the console could not be built: npm run build:console says why');
      resolve();
    });
  });
  return async () => {
    child.kill();
    await ended;
  };
}
