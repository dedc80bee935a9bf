// Owns `docker compose up` for real, by a Docker engine that is started in the lab.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildImage, postgresImage } from './image.ts';
import { assertTools, CannotRun, type Lab, outputOf, untilDone } from './lab.ts';
import { walk } from './walk.ts';

type Say = (fact: string) => void;

const services = ['postgres', 'api', 'worker'];

export async function verifyCompose(lab: Lab, image: string, say: Say): Promise<void> {
  const compose = findCompose();
  const docker = await startEngine(lab);
  await buildImage(lab, image, say);
  await load(lab, docker, image, 'ecommerce-app:local');
  await load(lab, docker, postgresImage(), postgresImage().replace('docker.io/library/', ''));

  const project = path.basename(lab.folder).toLowerCase();
  const run = (...command: string[]) => lab.run('env', `DOCKER_HOST=${docker}`, ...compose, '-p', project, ...command);
  lab.onEnd(() => run('down', '--volumes', '--timeout', '5'));
  const startedMs = performance.now();
  await run('up', '--detach', '--no-build');
  for (const service of services) {
    const id = (await run('ps', '--quiet', service)).trim();
    const state = ['env', `DOCKER_HOST=${docker}`, 'docker', 'inspect', '--format', '{{.State.Health.Status}}', id];
    await untilDone(lab, 60, 'sh', '-c', `test "$("$@")" = healthy`, 'sh', ...state);
  }
  say(`up and healthy in ${Math.round((performance.now() - startedMs) / 1000)} s`);
  await walk({ prefix: lab.inside });
  say("the README's walk passes");
}

/** `docker compose`, or the older `docker-compose`. */
function findCompose(): string[] {
  if (spawnSync('docker', ['compose', 'version']).status === 0) return ['docker', 'compose'];
  if (spawnSync('docker-compose', ['version']).status === 0) return ['docker-compose'];
  throw new CannotRun('not here: docker compose. apt-get install docker-compose docker.io');
}

/** A Docker engine whose network is the lab's; answers its address. */
async function startEngine(lab: Lab): Promise<string> {
  assertTools(['dockerd', 'docker', 'skopeo', 'iptables']);
  const folder = path.join(lab.folder, 'docker');
  mkdirSync(folder);
  const socket = `unix://${folder}/sock`;
  const settings = path.join(folder, 'daemon.json');
  writeFileSync(
    settings,
    JSON.stringify({
      'data-root': path.join(folder, 'data'),
      'exec-root': path.join(folder, 'exec'),
      pidfile: path.join(folder, 'pid'),
      hosts: [socket],
    }),
  );
  const [command, ...args] = [...lab.inside, 'dockerd', '--config-file', settings];
  const engine = spawn(command, args, { stdio: 'ignore' });
  const ended = new Promise((resolve) => engine.once('exit', resolve));
  lab.onEnd(async () => {
    engine.kill('SIGTERM');
    await ended;
  });
  await untilDone(lab, 30, 'env', `DOCKER_HOST=${socket}`, 'docker', 'version');
  return socket;
}

/** Hands an image from podman's store to the engine, under a name. */
async function load(lab: Lab, docker: string, image: string, name: string): Promise<void> {
  const archive = path.join(lab.folder, 'image.tar');
  if (existsSync(archive)) await lab.run('rm', archive);
  const copy = ['skopeo', 'copy', '--quiet', `containers-storage:${image}`, `docker-archive:${archive}:${name}`];
  outputOf(copy, await lab.attemptOutside(...copy));
  await lab.run('env', `DOCKER_HOST=${docker}`, 'docker', 'load', '--quiet', '--input', archive);
}
