// Owns `npm run verify:deploy`: what can be checked of a deployment, from its files alone to the whole of it running.

import { readFileSync } from 'node:fs';
import { parseArgs, styleText } from 'node:util';
import { checkAlerts } from './alerts.ts';
import { verifyCompose } from './compose-up.ts';
import { imageName, verifyImage } from './image.ts';
import { assertTools, CannotRun, createLab, type Lab } from './lab.ts';
import { verifyPods } from './pods.ts';
import { createFileChecks, readFiles } from './static.ts';
import { walk } from './walk.ts';

const usage = `npm run verify:deploy [-- PART...]

  files     Dockerfile, compose.yaml, k8s/ and workflows, without running anything
  alerts    the alert rules with their tests, and the dashboard's expressions, by promtool
  image     the image, built and run as hardened as it gets, walked through, and stopped under load
  compose   docker compose up, and the walk
  pods      the pods of k8s/, played by podman, and the walk
  walk API_URL [SANDBOX_URL]   the README's five minutes against a service that runs already

Without a part: all but the walk. What needs tools that are missing here is skipped, and says so. Images are kept where
CONTAINERS_STORAGE_CONF says.
`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { help: { type: 'boolean', short: 'h' } },
});
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const image = imageName(version);
const files = readFiles('.');
const say = (fact: string) => void process.stdout.write(`     ${fact}\n`);

const inLab = (tools: string[], verify: (lab: Lab) => Promise<void>) => async () => {
  assertTools(['ip', 'nsenter', 'curl', ...tools]);
  const lab = createLab();
  const stop = () => void lab.end().then(() => process.exit(130));
  process.once('SIGINT', stop);
  try {
    await verify(lab);
  } finally {
    process.off('SIGINT', stop);
    await lab.end();
  }
};

const parts: Record<string, () => Promise<void>> = {
  files: async () => {
    const check = await createFileChecks();
    const findings = await check(files);
    if (findings.length > 0)
      throw new Error(findings.map(({ rule, where, message }) => `${where}: ${message} (${rule})`).join('\n'));
    say(`${files.size} files, nothing wrong`);
  },
  alerts: async () => say(checkAlerts()),
  image: inLab(['buildah', 'podman', 'runc'], (lab) => verifyImage(lab, image, say)),
  compose: inLab(['buildah', 'podman', 'runc', 'skopeo'], (lab) => verifyCompose(lab, image, say)),
  pods: inLab(['buildah', 'podman', 'runc', 'iptables'], (lab) => verifyPods(lab, files, image, say)),
};

/** Says how it went; false if it went wrong. */
async function run(name: string, part: () => Promise<void>): Promise<boolean> {
  process.stdout.write(`${styleText('bold', name)}\n`);
  try {
    await part();
    process.stdout.write(`${styleText('green', ' ok ')} ${name}\n`);
    return true;
  } catch (error) {
    const isSkipped = error instanceof CannotRun;
    const mark = isSkipped ? styleText('yellow', 'skip') : styleText('red', 'FAIL');
    process.stdout.write(`${mark} ${name}: ${(error as Error).message}\n`);
    return isSkipped;
  }
}

async function main(): Promise<number> {
  const [first, apiUrl, sandboxUrl] = positionals;
  if (values.help) return process.stdout.write(usage) ? 0 : 1;
  if (first === 'walk') {
    const urls = { ...(apiUrl !== undefined && { apiUrl }), ...(sandboxUrl !== undefined && { sandboxUrl }) };
    return (await run('walk', () => walk(urls))) ? 0 : 1;
  }
  const names = positionals.length > 0 ? positionals : Object.keys(parts);
  const unknown = names.find((name) => !(name in parts));
  if (unknown !== undefined) {
    process.stderr.write(`There is no part ${unknown}.\n\n${usage}`);
    return 2;
  }
  let isGood = true;
  for (const name of names) isGood = (await run(name, parts[name] as () => Promise<void>)) && isGood;
  return isGood ? 0 : 1;
}

process.exit(await main());
