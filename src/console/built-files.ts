// Owns the files of the console as they were built: read once, each with what it is and its compressed forms.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Where the console is built to. */
export const consoleFolder = path.resolve(import.meta.dirname, '../../dist/console');

export interface BuiltFile {
  type: string;
  content: Buffer;
  brotli: Buffer | undefined;
  gzip: Buffer | undefined;
  /** Its name changes with its content. */
  isHashed: boolean;
}

export interface BuiltConsole {
  /** The page that all addresses share, its <base> still `/console/`. */
  page: string;
  /** By path below /console/. */
  files: ReadonlyMap<string, BuiltFile>;
}

const types: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

/** Undefined where it was not built. */
export function readBuiltConsole(folder: string): BuiltConsole | undefined {
  const page = path.join(folder, 'index.html');
  if (!existsSync(page)) return undefined;
  const files = new Map<string, BuiltFile>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const type = types[path.extname(name)];
    if (type === undefined) continue;
    const compressed = (suffix: string) => {
      const file = path.join(folder, `${name}${suffix}`);
      return existsSync(file) ? readFileSync(file) : undefined;
    };
    files.set(name.replaceAll(path.sep, '/'), {
      type,
      content: readFileSync(path.join(folder, name)),
      brotli: compressed('.br'),
      gzip: compressed('.gz'),
      isHashed: name.startsWith('assets'),
    });
  }
  return { page: readFileSync(page, 'utf8'), files };
}
