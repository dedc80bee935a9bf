// Owns the walk: the README's five minutes, command for command as they stand there, against a service that runs somewhere.

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';

export interface WalkOptions {
  /** `http://localhost:8000` unless told otherwise, as in the README. */
  apiUrl?: string;
  /** Where the sandbox is, if it isn't in the API's own process. */
  sandboxUrl?: string;
  /** What the shell is run by, such as `nsenter` into a network of its own. */
  prefix?: readonly string[];
}

const readme = path.resolve(import.meta.dirname, '../../README.md');
const readmeUrl = 'http://localhost:8000';
const timeoutMs = 60_000;

/** What each block of the walk must have printed, in their order. */
const expectations: readonly [what: string, pattern: RegExp][] = [
  ['signing in gives a token', /^TOKEN=ey$/m],
  ['the products have the mug', /"name":"[^"]*mug/i],
  ['the average price of a category', /"average_price":[1-9]/],
  ['the order is placed', /"status":"pending"/],
  ['the SMS has arrived', /"to":"\+254712345678"/],
  ['the order is confirmed', /"status":"confirmed"/],
  ['the customer hears of it', /"text":"[^"]*confirmed/i],
];

/** The commands, with the addresses and a fresh idempotency key put in. */
function readCommands({ apiUrl = readmeUrl, sandboxUrl = apiUrl }: WalkOptions): string {
  const text = readFileSync(readme, 'utf8');
  const section = text.slice(text.indexOf('## Five minutes'), text.indexOf('## What you can rely on'));
  const blocks = [...section.matchAll(/```sh\n([^]*?)```/g)].map((match) => match[1] ?? '');
  if (blocks.length < 5) throw new Error('the README’s five minutes are not where they were');
  return blocks
    .join('\necho; ')
    .replaceAll('my-first-order', randomUUID())
    .replaceAll(`${readmeUrl}/oauth`, `${sandboxUrl}/oauth`)
    .replaceAll(`${readmeUrl}/sandbox`, `${sandboxUrl}/sandbox`)
    .replaceAll(readmeUrl, apiUrl);
}

/** @throws Error that says which step did not do what the README says, with everything that was printed. */
export async function walk(options: WalkOptions = {}): Promise<void> {
  const script = `set -euo pipefail\n${readCommands(options)}\necho; echo "TOKEN=\${TOKEN:0:2}"`;
  const [command, ...args] = [...(options.prefix ?? []), 'bash', '-c', script];
  const output = await new Promise<string>((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += String(chunk)));
    child.stderr.on('data', (chunk: Buffer) => (text += String(chunk)));
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(text) : reject(new Error(`the walk ended with ${code}:\n${text}`)),
    );
  });
  for (const [what, pattern] of expectations)
    if (!pattern.test(output)) throw new Error(`the walk fails where ${what}:\n${output}`);
}
