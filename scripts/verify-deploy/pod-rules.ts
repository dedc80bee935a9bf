// Owns what is asked of each pod: its images, its rights, its probes, its resources, its volumes.

import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { IProbe } from 'kubernetes-models/v1/Probe';
import type { Finding } from './finding.ts';
import type { Cluster, Placed, Workload } from './manifests.ts';

export type Container = IPodSpec['containers'][number];

/** In which the service's processes end by themselves, in seconds (src/main.ts). */
const stopSeconds = 5;
const imageName = 'ecommerce-app';

/** True for a container that runs this repository's image. */
export const isOurs = (container: Container): boolean => new RegExp(`(?:^|/)${imageName}:`).test(container.image ?? '');

export const podOf = (workload: Workload): IPodSpec => workload.spec?.template.spec ?? { containers: [] };

export function checkPods(cluster: Cluster, version: string): Finding[] {
  return cluster.workloads.flatMap((workload) => checkPod(workload, version));
}

function checkPod({ where, object }: Placed<Workload>, version: string): Finding[] {
  const findings: Finding[] = [];
  const add = (rule: string, message: string) => findings.push({ rule, where, message });
  const pod = podOf(object);
  const containers = [...(pod.initContainers ?? []), ...pod.containers];

  if (pod.automountServiceAccountToken !== false)
    add('service-account-token', 'nothing here asks the Kubernetes API: automountServiceAccountToken: false');
  if (pod.enableServiceLinks !== false)
    add('service-links', 'Services would appear as environment variables: enableServiceLinks: false');
  for (const container of containers) {
    const say = (rule: string, message: string) => add(rule, `${container.name}: ${message}`);
    checkImage(container, version, say);
    checkRights(pod, container, say);
    checkResources(container, say);
    for (const [kind, probe] of probesOf(container)) checkProbe(container, kind, probe, say);
    for (const mount of container.volumeMounts ?? [])
      if (!volumeNames(object).includes(mount.name)) say('missing-volume', `no volume is named ${mount.name}`);
  }
  for (const name of volumeNames(object))
    if (!containers.some((each) => each.volumeMounts?.some((mount) => mount.name === name)))
      add('unused-volume', `nobody mounts ${name}`);
  for (const container of pod.containers) {
    const { preStop } = container.lifecycle ?? {};
    const sleepSeconds = preStop?.sleep?.seconds ?? Number(preStop?.exec?.command?.[1] ?? 0);
    if ((pod.terminationGracePeriodSeconds ?? 30) < sleepSeconds + stopSeconds)
      add('grace-period', `${container.name} is killed before it can end: ${sleepSeconds} s, then ${stopSeconds} s`);
    if (!container.startupProbe || !(container.livenessProbe ?? container.readinessProbe))
      add('missing-probe', `${container.name} needs a startupProbe, and one that goes on`);
    if (servesHttp(container)) {
      if (!container.readinessProbe) add('missing-probe', `${container.name} gets requests before it is ready`);
      if (container.livenessProbe?.httpGet?.path !== '/livez')
        add('liveness-path', `${container.name}: only /livez answers without the database, which no restart mends`);
    }
  }
  return findings;
}

const servesHttp = (container: Container): boolean => (container.ports ?? []).some((port) => port.name === 'http');

function volumeNames(workload: Workload): string[] {
  const claims = (workload.spec && 'volumeClaimTemplates' in workload.spec && workload.spec.volumeClaimTemplates) || [];
  return [...(podOf(workload).volumes ?? []), ...claims.map((claim) => ({ name: claim.metadata?.name ?? '' }))].map(
    (volume) => volume.name,
  );
}

type Say = (rule: string, message: string) => void;

function checkImage(container: Container, version: string, say: Say): void {
  const tag = /:([\w.-]+)$/.exec(container.image ?? '')?.[1];
  if (tag === undefined || tag === 'latest') say('image-tag', `${container.image} may be another one tomorrow`);
  else if (isOurs(container) && tag !== version) say('image-version', `${tag}, and package.json says ${version}`);
  if (isOurs(container) && container.imagePullPolicy !== 'IfNotPresent')
    say('image-pull', 'an image that was loaded into Minikube is in no registry: imagePullPolicy: IfNotPresent');
}

function checkRights(pod: IPodSpec, container: Container, say: Say): void {
  const own = container.securityContext;
  const shared = pod.securityContext;
  const user = own?.runAsUser ?? shared?.runAsUser;
  if (!(own?.runAsNonRoot ?? shared?.runAsNonRoot)) say('run-as-non-root', 'runAsNonRoot: true is missing');
  if (user === undefined || user === 0) say('run-as-non-root', 'runAsUser must be a number other than 0');
  if (own?.readOnlyRootFilesystem !== true) say('hardened', 'readOnlyRootFilesystem: true is missing');
  if (own?.allowPrivilegeEscalation !== false) say('hardened', 'allowPrivilegeEscalation: false is missing');
  if (own?.privileged) say('hardened', 'runs privileged');
  if (!own?.capabilities?.drop?.includes('ALL')) say('hardened', 'capabilities: {drop: [ALL]} is missing');
  if ((own?.seccompProfile ?? shared?.seccompProfile)?.type !== 'RuntimeDefault')
    say('hardened', 'seccompProfile: {type: RuntimeDefault} is missing');
}

const factors: Record<string, number> = {
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
};

/** A Kubernetes quantity as a number: cores or bytes. */
function amount(quantity: string | number): number {
  const [, digits, unit] = /^([\d.]+)(\w*)$/.exec(String(quantity)) ?? [];
  return Number(digits) * (factors[unit ?? ''] ?? Number.NaN);
}

function checkResources({ resources }: Container, say: Say): void {
  for (const name of ['cpu', 'memory']) {
    const request = resources?.requests?.[name];
    const limit = resources?.limits?.[name];
    if (request === undefined) say('resources', `no request for ${name}: the scheduler would not know its size`);
    if (limit !== undefined && request !== undefined && amount(request) > amount(limit))
      say('request-above-limit', `asks for ${request} of ${name} and may have ${limit}`);
  }
  if (resources?.limits?.['memory'] === undefined) say('resources', 'no limit for memory: it may take the node’s');
}

const probesOf = (container: Container) =>
  (['startupProbe', 'livenessProbe', 'readinessProbe'] as const).flatMap((kind) => {
    const probe = container[kind];
    return probe ? [[kind, probe] as const] : [];
  });

function checkProbe(container: Container, kind: string, probe: IProbe, say: Say): void {
  const { periodSeconds, timeoutSeconds, failureThreshold, successThreshold, initialDelaySeconds } = probe;
  for (const [name, value] of Object.entries({ periodSeconds, timeoutSeconds, failureThreshold, successThreshold }))
    if (value !== undefined && value < 1)
      say('probe-timing', `${kind}.${name} is ${value}: the API server wants 1 or more`);
  if ((initialDelaySeconds ?? 0) < 0) say('probe-timing', `${kind}.initialDelaySeconds is negative`);
  const port = probe.httpGet?.port ?? probe.tcpSocket?.port;
  const ports = container.ports ?? [];
  if (port !== undefined && !ports.some((each) => each.name === port || each.containerPort === port))
    say('probe-port', `${kind} asks at port ${port}, which the container does not have`);
}
