// Owns the pods of k8s/ played by podman, which is no cluster: each workload once, with addresses where Kubernetes has names.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { stringify } from 'yaml';
import type { Files } from './finding.ts';
import { buildImage, postgresImage } from './image.ts';
import { type Lab, untilDone } from './lab.ts';
import { type Cluster, readManifests } from './manifests.ts';
import { podOf } from './pod-rules.ts';
import { walk } from './walk.ts';

/** In the order in which they can start without waiting for each other. */
const startOrder = ['postgres', 'sandbox', 'ecommerce-app', 'ecommerce-worker'];
const subnet = '10.89.217';
const addressOf = (workload: string): string => `${subnet}.${10 + startOrder.indexOf(workload)}`;

type Say = (fact: string) => void;

export async function verifyPods(lab: Lab, files: Files, image: string, say: Say): Promise<void> {
  await buildImage(lab, image, say);
  const { cluster } = await readManifests(files);
  const network = path.basename(lab.folder);
  lab.onEnd(() => lab.attempt('podman', 'network', 'rm', '--force', network));
  await lab.run('podman', 'network', 'create', '--disable-dns', '--subnet', `${subnet}.0/24`, network);
  await createSecrets(lab, cluster);
  const settings = path.join(lab.folder, 'settings.yaml');
  writeFileSync(settings, cluster.configMaps.map(({ object }) => stringify(object)).join('---\n'));

  for (const name of startOrder) {
    const file = path.join(lab.folder, `${name}.yaml`);
    writeFileSync(file, stringify(playable(cluster, name, image)));
    lab.onEnd(() => lab.attempt('podman', 'kube', 'down', file));
    const where = ['--network', network, '--ip', addressOf(name), '--configmap', settings];
    await lab.run('podman', 'kube', 'play', ...where, file);
    await untilProbesPass(lab, cluster, name);
  }
  say('PostgreSQL, sandbox, API and worker start as the manifests have them, and every probe passes');
  await walk({
    prefix: lab.inside,
    apiUrl: `http://${addressOf('ecommerce-app')}:8000`,
    sandboxUrl: `http://${addressOf('sandbox')}:8000`,
  });
  say('the walk passes: the API in production, the sandbox as the outside world, the worker between them');
}

/** podman 4 looks a Secret up among its own, as JSON of base64 values. */
async function createSecrets(lab: Lab, cluster: Cluster): Promise<void> {
  for (const { name, object } of cluster.secrets) {
    const { stringData = {} } = object;
    const data = Object.entries(stringData).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
    const file = path.join(lab.folder, `secret-${name}.json`);
    writeFileSync(file, JSON.stringify(Object.fromEntries(data)));
    lab.onEnd(() => lab.attempt('podman', 'secret', 'rm', name));
    await lab.run('podman', 'secret', 'create', name, file);
  }
}

const workloadOf = (cluster: Cluster, name: string): IPodSpec => {
  const workload = cluster.workloads.find((each) => each.name === name);
  if (!workload) throw new Error(`k8s/ has no workload ${name}`);
  return podOf(workload.object);
};

/** The pod as podman can run it: its image as built here, without probes (podman asks systemd for them) or ports on the host, names as addresses. */
function playable(cluster: Cluster, name: string, image: string): object {
  const pod = workloadOf(cluster, name);
  const strip = ({
    startupProbe: _s,
    livenessProbe: _l,
    readinessProbe: _r,
    lifecycle: _c,
    ports: _p,
    ...container
  }: IPodSpec['containers'][number]) => ({
    ...container,
    image: name === 'postgres' ? postgresImage() : image,
    imagePullPolicy: 'Never',
  });
  const claims = (pod.containers[0]?.volumeMounts ?? []).filter(
    ({ name: mount }) => !pod.volumes?.some((volume) => volume.name === mount),
  );
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: {
      ...pod,
      // Or podman starts an init container that has ended once more.
      restartPolicy: 'Never',
      volumes: [...(pod.volumes ?? []), ...claims.map((claim) => ({ name: claim.name, emptyDir: {} }))],
      hostAliases: ['postgres', 'sandbox'].map((host) => ({
        ip: host === name ? '127.0.0.1' : addressOf(host),
        hostnames: [host],
      })),
      ...(pod.initContainers && { initContainers: pod.initContainers.map(strip) }),
      containers: pod.containers.map(strip),
    },
  };
}

/** Asks from outside what the kubelet would ask. */
async function untilProbesPass(lab: Lab, cluster: Cluster, name: string): Promise<void> {
  for (const container of workloadOf(cluster, name).containers) {
    for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
      const { port, path: at } = probe?.httpGet ?? {};
      const number = container.ports?.find((each) => each.name === port)?.containerPort;
      if (at !== undefined)
        await untilDone(lab, 30, 'curl', '--silent', '--fail', `http://${addressOf(name)}:${number}${at}`);
      const command = probe?.exec?.command;
      if (command) await untilDone(lab, 60, 'podman', 'exec', `${name}-${container.name}`, ...command);
    }
  }
}
