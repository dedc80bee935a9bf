// Owns reading the Kubernetes manifests: strictly, against the API's own models, and sorted by what they are.

import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { ISecret } from 'kubernetes-models/v1/Secret';
import type { IService } from 'kubernetes-models/v1/Service';
import { parseAllDocuments } from 'yaml';
import type { Files, Finding } from './finding.ts';

export type Workload = IDeployment | IStatefulSet;

/** One object of a manifest, and where it stands: `k8s/30-app.yaml Deployment/ecommerce-app`. */
export interface Placed<T> {
  name: string;
  where: string;
  object: T;
}

/** All objects of the folder, by kind. */
export interface Cluster {
  workloads: Placed<Workload>[];
  services: Placed<IService>[];
  configMaps: Placed<IConfigMap>[];
  secrets: Placed<ISecret>[];
  autoscalers: Placed<IHorizontalPodAutoscaler>[];
  disruptionBudgets: Placed<IPodDisruptionBudget>[];
  networkPolicies: Placed<INetworkPolicy>[];
}

interface Manifest {
  apiVersion?: string;
  kind?: string;
  metadata?: { name?: string; namespace?: string };
}

const lists: Record<string, keyof Cluster> = {
  Deployment: 'workloads',
  StatefulSet: 'workloads',
  Service: 'services',
  ConfigMap: 'configMaps',
  Secret: 'secrets',
  HorizontalPodAutoscaler: 'autoscalers',
  PodDisruptionBudget: 'disruptionBudgets',
  NetworkPolicy: 'networkPolicies',
};

/** The objects that are well formed, and what is wrong with the others. */
export async function readManifests(files: Files): Promise<{ cluster: Cluster; findings: Finding[] }> {
  const findings: Finding[] = [];
  const cluster: Cluster = {
    workloads: [],
    services: [],
    configMaps: [],
    secrets: [],
    autoscalers: [],
    disruptionBudgets: [],
    networkPolicies: [],
  };
  const seen = new Set<string>();
  for (const [file, text] of files) {
    if (!file.startsWith('k8s/')) continue;
    for (const document of parseAllDocuments(text, { uniqueKeys: true })) {
      const manifest = document.toJS() as Manifest | null;
      const name = manifest?.metadata?.name ?? '';
      const where = `${file} ${manifest?.kind}/${name}`;
      const problems = document.errors.map(({ message }) => ({ rule: 'yaml', where, message }));
      if (manifest === null) problems.push({ rule: 'yaml', where, message: 'an empty document' });
      else if (problems.length === 0) problems.push(...(await checkShape(manifest, where)));
      if (seen.has(`${manifest?.kind}/${name}`))
        problems.push({ rule: 'duplicate', where, message: 'a second object of this name replaces the first' });
      seen.add(`${manifest?.kind}/${name}`);
      findings.push(...problems);
      const list = lists[manifest?.kind ?? ''];
      if (problems.length === 0 && list) cluster[list].push({ name, where, object: manifest as never });
    }
  }
  return { cluster, findings };
}

async function checkShape(manifest: Manifest, where: string): Promise<Finding[]> {
  const { apiVersion, kind } = manifest;
  const model = await findModel(apiVersion ?? '', kind ?? '');
  if (!model || lists[kind ?? ''] === undefined) {
    return [
      { rule: 'unknown-kind', where, message: `Kubernetes has no ${kind} in ${apiVersion}, or nothing here knows it` },
    ];
  }
  const unread = new Set<string>();
  const watched = watch(manifest, '', unread);
  const findings: Finding[] = [];
  try {
    model.prototype.validate.call(watched);
  } catch (error) {
    findings.push({ rule: 'manifest-schema', where, message: (error as Error).message });
  }
  // The first of a branch is enough: below a field that nobody reads, nothing is read.
  for (const path of [...unread].filter((each) => ![...unread].some((other) => each.startsWith(`${other}.`))))
    findings.push({ rule: 'unknown-field', where, message: `${path} is no field that Kubernetes knows` });
  if (manifest.metadata?.namespace !== undefined)
    findings.push({ rule: 'namespace', where, message: 'kubectl without --namespace would not find it' });
  return findings;
}

interface Model {
  prototype: { validate(this: unknown): void };
}

async function findModel(apiVersion: string, kind: string): Promise<Model | undefined> {
  try {
    const module = (await import(`kubernetes-models/${apiVersion}/${kind}`)) as Record<string, Model>;
    return Object.values(module)[0];
  } catch {
    return undefined;
  }
}

/**
 * The models say what a field must look like and let unknown ones pass, as the API server does with `--validate=false`.
 * But they read every field that they know: what they never look at is unknown, misspelt or in the wrong place.
 */
function watch(value: unknown, path: string, unread: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const pathOf = (key: string) => (path === '' ? key : `${path}.${key}`);
  const inner = Object.entries(value).map(([key, each]) => {
    unread.add(pathOf(key));
    return [key, watch(each, pathOf(key), unread)] as const;
  });
  return new Proxy<object>(Array.isArray(value) ? inner.map(([, each]) => each) : Object.fromEntries(inner), {
    get(target, key, receiver) {
      if (typeof key === 'string') unread.delete(pathOf(key));
      return Reflect.get(target, key, receiver);
    },
  });
}
