// Owns whether the objects of the cluster find each other: selectors, ports, names, targets.

import type { Finding } from './finding.ts';
import type { Cluster, Placed, Workload } from './manifests.ts';
import { podOf } from './pod-rules.ts';

type Labels = Record<string, string>;

interface Selector {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

const labelsOf = ({ object }: Placed<Workload>): Labels => object.spec?.template.metadata?.labels ?? {};

function matches(selector: Selector, labels: Labels): boolean {
  const byLabel = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    byLabel &&
    (selector.matchExpressions ?? []).every(({ key, operator, values }) =>
      operator === 'In' ? values?.includes(labels[key] ?? '') : operator === 'Exists' ? key in labels : false,
    )
  );
}

const portsOf = (workload: Placed<Workload>) => podOf(workload.object).containers.flatMap((each) => each.ports ?? []);
const hasPort = (workload: Placed<Workload>, port: string | number): boolean =>
  portsOf(workload).some((each) => each.name === port || each.containerPort === port);

export function checkWiring(cluster: Cluster): Finding[] {
  const findings: Finding[] = [];
  const { workloads, services } = cluster;
  const add = (rule: string, where: string, message: string) => findings.push({ rule, where, message });
  const selected = (selector: Selector) => workloads.filter((each) => matches(selector, labelsOf(each)));

  for (const workload of workloads) {
    const { object, where } = workload;
    if (!matches(object.spec?.selector ?? {}, labelsOf(workload)))
      add('selector-labels', where, 'the selector does not match the labels of its own pods');
    if (object.kind === 'StatefulSet' && !services.some(({ name }) => name === object.spec?.serviceName))
      add('service-name', where, `there is no Service ${object.spec?.serviceName} for its pods’ names`);
  }
  for (const { object, where } of services) {
    const pods = selected({ matchLabels: object.spec?.selector ?? {} });
    if (pods.length === 0) add('service-selects', where, 'selects no pods');
    for (const { port, targetPort = port } of object.spec?.ports ?? [])
      if (pods.some((pod) => !hasPort(pod, targetPort)))
        add('service-port', where, `sends to port ${targetPort}, which its pods do not have`);
  }
  for (const { object, where } of cluster.autoscalers) {
    const {
      scaleTargetRef: target,
      minReplicas = 1,
      maxReplicas,
    } = object.spec ?? { scaleTargetRef: {} as never, maxReplicas: 0 };
    const workload = workloads.find(({ name, object: { kind } }) => name === target.name && kind === target.kind);
    if (!workload) add('autoscaler-target', where, `there is no ${target.kind} ${target.name}`);
    else if (workload.object.spec?.replicas !== undefined)
      add('autoscaler-replicas', workload.where, 'replicas would undo what the autoscaler did, at every apply');
    if (minReplicas > maxReplicas) add('autoscaler-range', where, `at least ${minReplicas} and at most ${maxReplicas}`);
  }
  for (const { object, where } of cluster.disruptionBudgets) {
    const pods = selected(object.spec?.selector ?? {});
    if (pods.length === 0) add('budget-selects', where, 'selects no pods');
    const { maxUnavailable, minAvailable } = object.spec ?? {};
    if (
      maxUnavailable === 0 ||
      maxUnavailable === '0%' ||
      minAvailable === '100%' ||
      (minAvailable !== undefined && pods.some((pod) => pod.object.spec?.replicas === minAvailable))
    )
      add('budget-blocks', where, 'no node with one of these pods could ever be drained');
  }
  for (const { object, where } of cluster.networkPolicies) {
    const pods = selected(object.spec?.podSelector ?? {});
    if (pods.length === 0) add('policy-selects', where, 'selects no pods');
    for (const { ports, from } of object.spec?.ingress ?? []) {
      for (const { port } of ports ?? [])
        if (port !== undefined && pods.some((pod) => !hasPort(pod, port)))
          add('policy-port', where, `opens port ${port}, which its pods do not have`);
      for (const peer of from ?? []) checkPeer(where, peer);
    }
    for (const peer of (object.spec?.egress ?? []).flatMap((rule) => rule.to ?? [])) checkPeer(where, peer);
  }

  function checkPeer(where: string, peer: { podSelector?: Selector; namespaceSelector?: unknown }): void {
    if (peer.podSelector && !peer.namespaceSelector && selected(peer.podSelector).length === 0)
      add('policy-selects', where, 'names peers that are not there');
  }
  return [...findings, ...checkNames(cluster), ...checkPromises(cluster)];
}

const dnsLabel = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** IANA service names: what the API server takes for a port. */
const portName = /^(?=.*[a-z])(?!-)(?!.*--)[a-z0-9-]{1,15}(?<!-)$/;

function checkNames(cluster: Cluster): Finding[] {
  const objects = Object.values(cluster).flat() as Placed<unknown>[];
  const bad = objects
    .filter(({ name }) => !dnsLabel.test(name))
    .map(({ where, name }) => ({ rule: 'dns-name', where, message: `${name} is no name for DNS` }));
  const named = [
    ...cluster.workloads.flatMap((each) => portsOf(each).map((port) => ({ where: each.where, name: port.name }))),
    ...cluster.services.flatMap(({ where, object }) => (object.spec?.ports ?? []).map(({ name }) => ({ where, name }))),
  ];
  const badPorts = named
    .filter(({ name }) => name !== undefined && !portName.test(name))
    .map(({ where, name }) => ({ rule: 'port-name', where, message: `${name} is no name for a port` }));
  return [...bad, ...badPorts];
}

/** `kubectl port-forward svc/ecommerce-app 8000:8000` and `kubectl get pods -l app=ecommerce-app`, as the README has them. */
function checkPromises({ services, workloads }: Cluster): Finding[] {
  const where = 'k8s/';
  const findings: Finding[] = [];
  const service = services.find(({ name }) => name === 'ecommerce-app');
  if (!service?.object.spec?.ports?.some(({ port }) => port === 8000))
    findings.push({
      rule: 'promise',
      where,
      message: 'kubectl port-forward svc/ecommerce-app 8000:8000 would not work',
    });
  if (!workloads.some((each) => labelsOf(each)['app'] === 'ecommerce-app'))
    findings.push({ rule: 'promise', where, message: 'kubectl get pods -l app=ecommerce-app would show nothing' });
  return findings;
}
