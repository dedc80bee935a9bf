// Owns whether the pods are told what the service needs: every ConfigMap and Secret there, and settings that it would start with.

import { ConfigError, readConfig } from '../../src/config.ts';
import { settings } from '../../src/settings.ts';
import type { Finding } from './finding.ts';
import type { Cluster } from './manifests.ts';
import { type Container, isOurs, podOf } from './pod-rules.ts';

type Data = Record<string, string>;

/** What the image says by itself. */
const imageSettings: Data = { NODE_ENV: 'production' };

export function checkSettings(cluster: Cluster): Finding[] {
  const findings: Finding[] = [];
  const configMaps = new Map(cluster.configMaps.map(({ name, object }) => [name, object.data ?? {}]));
  const secrets = new Map(cluster.secrets.map(({ name, object }) => [name, { ...object.data, ...object.stringData }]));
  const servicePorts = new Map(
    cluster.services.map(({ name, object }) => [name, (object.spec?.ports ?? []).map(({ port }) => port)]),
  );
  const known = new Set(settings.map((setting) => setting.name));

  for (const { where, object } of cluster.workloads) {
    const { containers, initContainers = [] } = podOf(object);
    for (const container of [...initContainers, ...containers]) {
      const say = (rule: string, message: string) =>
        findings.push({ rule, where, message: `${container.name}: ${message}` });
      const environment = environmentOf(container, say);
      if (!isOurs(container)) continue;
      for (const name of Object.keys(environment))
        if (!known.has(name)) say('unknown-setting', `${name} is no setting of the service`);
      try {
        const command = container.command?.[1];
        readConfig(
          { ...imageSettings, ...environment },
          command === 'migrate' ? 'database' : command === 'worker' ? 'worker' : undefined,
        );
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        say('settings', `it would not start. ${error.message}`);
      }
      for (const [name, value] of Object.entries(environment)) checkHost(name, value, say);
    }
  }
  return findings;

  function environmentOf(container: Container, say: (rule: string, message: string) => void): Data {
    const environment: Data = {};
    const look = (from: Map<string, Data>, kind: string, name: string | undefined, optional = false): Data => {
      const data = from.get(name ?? '');
      if (!data && !optional) say('missing-config', `there is no ${kind} ${name}`);
      return data ?? {};
    };
    const lookUp = (from: Map<string, Data>, kind: string, ref: { name?: string; key: string; optional?: boolean }) => {
      const data = look(from, kind, ref.name, ref.optional);
      if (from.has(ref.name ?? '') && !(ref.key in data) && !ref.optional)
        say('missing-config-key', `${kind} ${ref.name} has no ${ref.key}`);
      return data[ref.key];
    };
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      if (configMapRef)
        Object.assign(environment, look(configMaps, 'ConfigMap', configMapRef.name, configMapRef.optional));
      if (secretRef) Object.assign(environment, look(secrets, 'Secret', secretRef.name, secretRef.optional));
    }
    for (const { name, value, valueFrom } of container.env ?? []) {
      const { configMapKeyRef, secretKeyRef } = valueFrom ?? {};
      const given =
        value ??
        (configMapKeyRef && lookUp(configMaps, 'ConfigMap', configMapKeyRef)) ??
        (secretKeyRef && lookUp(secrets, 'Secret', secretKeyRef));
      if (given !== undefined) environment[name] = given;
    }
    return environment;
  }

  /** A host without a dot is a Service of this folder, at a port that it has. */
  function checkHost(name: string, value: string, say: (rule: string, message: string) => void): void {
    const [, scheme, host, port] = /^(\w+):\/\/(?:[^@/]*@)?([a-z0-9-]+)(?::(\d+))?(?=\/|$)/.exec(value) ?? [];
    if (host === undefined || host === 'localhost') return;
    const ports = servicePorts.get(host);
    if (!ports) say('unknown-host', `${name} names ${host}, and no Service is called that`);
    else if (port !== undefined && !ports.includes(Number(port)))
      say('unknown-host', `${name} (${scheme}) asks ${host} at port ${port}, which that Service does not have`);
  }
}
