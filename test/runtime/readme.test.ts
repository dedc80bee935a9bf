// Owns the fact that the README's walk works: its commands, as they stand there, end with the SMS.

import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLauncher, type Launcher, type ServiceProcess } from '../support/process.ts';
import { createTestDatabase } from '../support/service.ts';

const hasCurl = spawnSync('curl', ['--version']).status === 0;
if (!hasCurl) process.stderr.write('The README’s walk is not tried: it needs curl (apt-get install curl).\n');

let launcher: Launcher;
let service: ServiceProcess;

beforeAll(async () => {
  launcher = createLauncher();
  service = await launcher.launch({ DATABASE_URL: await createTestDatabase('template1') });
  await service.ready();
});
afterAll(() => launcher.clean());

const walk = /^## Five minutes$([^]*?)^## /m.exec(readFileSync('README.md', 'utf8'))?.[1] ?? '';
const blocks = [...walk.matchAll(/^```sh\n([^]*?)^```$/gm)].map((match) => match[1] ?? '');
const separator = '--- next ---';

/** Runs the commands in one shell, as somebody does who pastes one after the other. @returns what each printed */
async function paste(commands: string[]): Promise<string[]> {
  const script = commands.join(`\necho '${separator}'\n`).replaceAll('http://localhost:8000', service.url);
  const { stdout } = await promisify(execFile)('sh', ['-c', script], { cwd: launcher.folder });
  return stdout.split(`${separator}\n`);
}

test.skipIf(!hasCurl)('the README’s five minutes end with the SMS', { timeout: 60_000 }, async () => {
  const order = blocks.find((block) => block.includes('my-first-order')) ?? '';
  const printed = await paste([...blocks, order]);
  const after = (mark: string) => printed[blocks.findIndex((block) => block.includes(mark))] ?? '';

  expect(after('TOKEN=')).toBe('');
  expect(after('average_price')).toMatch(/"name":"Enamel mug, 8 cm"[^]*"average_price":\d/);
  const placed = JSON.parse(after('my-first-order'));
  expect(placed).toMatchObject({ status: 'pending', total_amount: 575, items: [{ quantity: 2 }, { quantity: 1 }] });
  const [sms] = JSON.parse(after('grep text'));
  expect(sms).toMatchObject({ to: '+254712345678', text: expect.stringContaining(placed.code) });
  expect(after('STAFF=')).toMatch(new RegExp(`"text":"[^"]*${placed.code}[^"]*confirmed`));
  expect(after('"STATUS"')).toMatch(new RegExp(`"text":"[^"]*${placed.code}[^"]*confirmed`));
  // "Send it twice: the key makes sure that it is one order."
  expect(JSON.parse(printed.at(-1) ?? '')).toMatchObject({ id: placed.id, created_at: placed.created_at });
});
