// Owns `npm run verify:deploy`: what can be checked of a deployment, from its files alone to the whole of it running.

import { createFileChecks, readFiles } from './static.ts';
import { walk } from './walk.ts';

const usage = `npm run verify:deploy [-- PART]

  files                    Dockerfile, compose.yaml, k8s/ and workflows, without running anything
  walk API_URL [SANDBOX]   the README's five minutes against a service that runs already
`;

async function verifyFiles(): Promise<boolean> {
  const files = readFiles('.');
  const check = await createFileChecks();
  const findings = await check(files);
  for (const { rule, where, message } of findings) process.stdout.write(`  ${where}: ${message} (${rule})\n`);
  process.stdout.write(`${findings.length === 0 ? 'ok  ' : 'FAIL'} files: ${files.size} looked at\n`);
  return findings.length === 0;
}

async function verifyWalk(apiUrl?: string, sandboxUrl?: string): Promise<boolean> {
  await walk({ ...(apiUrl !== undefined && { apiUrl }), ...(sandboxUrl !== undefined && { sandboxUrl }) });
  process.stdout.write('ok   walk\n');
  return true;
}

const parts: Record<string, (...rest: string[]) => Promise<boolean>> = { files: verifyFiles, walk: verifyWalk };

const [name = 'files', ...rest] = process.argv.slice(2);
const part = parts[name];
if (!part) {
  process.stderr.write(usage);
  process.exit(2);
}
process.exit((await part(...rest)) ? 0 : 1);
