// Owns what is checked of compose.yaml without running it: its schema, and that its parts fit together.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import { settings } from '../../src/settings.ts';
import type { Files, Finding } from './finding.ts';

interface Service {
  image?: string;
  build?: unknown;
  user?: string;
  privileged?: boolean;
  read_only?: boolean;
  cap_drop?: string[];
  command?: string[];
  environment?: Record<string, string | number>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: unknown;
  volumes?: string[];
  ports?: string[];
}

interface Compose {
  services?: Record<string, Service>;
  volumes?: Record<string, unknown>;
}

const where = 'compose.yaml';

export function checkCompose(files: Files, validate: ValidateFunction): Finding[] {
  const text = files.get(where) ?? '';
  let compose: Compose;
  try {
    compose = parse(text, { merge: true }) as Compose;
  } catch (error) {
    return [{ rule: 'compose-schema', where, message: (error as Error).message }];
  }
  const findings = checkSchema(compose, validate);
  const add = (rule: string, service: string, message: string) =>
    findings.push({ rule, where: `${where} ${service}`, message });
  const services = compose.services ?? {};
  const known = new Set(settings.map((setting) => setting.name));

  for (const [name, service] of Object.entries(services)) {
    for (const [target, { condition }] of Object.entries(service.depends_on ?? {})) {
      const other = services[target];
      if (!other) add('depends-on', name, `waits for ${target}, which is not there`);
      else if (condition === 'service_healthy' && !other.healthcheck)
        add('depends-on', name, `waits for ${target} to be healthy, which has no healthcheck`);
    }
    for (const volume of service.volumes ?? []) {
      const source = volume.split(':')[0] ?? '';
      if (/^\w/.test(source) && !(source in (compose.volumes ?? {})))
        add('volume', name, `the volume ${source} is not declared`);
    }
    if (service.privileged) add('privileged', name, 'runs privileged');
    if (!service.build) {
      if (!/:(?!latest\b)[\w.-]+$/.test(service.image ?? ''))
        add('image-tag', name, `${service.image} has no fixed tag`);
      continue;
    }
    if (!service.read_only || !service.cap_drop?.includes('ALL'))
      add('hardened', name, 'must be read_only with cap_drop: [ALL]');
    for (const variable of Object.keys(service.environment ?? {}))
      if (!known.has(variable)) add('unknown-setting', name, `${variable} is no setting of the service`);
    for (const url of Object.values(service.environment ?? {})) checkHost(name, String(url));
  }

  function checkHost(name: string, url: string): void {
    const host = /^\w+:\/\/(?:[^@/]*@)?([a-z]+)(?=[:/]|$)/.exec(url)?.[1];
    if (host !== undefined && host !== 'localhost' && !(host in services))
      add('unknown-host', name, `${url} names ${host}, which is no service here`);
  }
  return findings;
}

/** By the schema of the Compose specification, as dclint carries it. */
export function createComposeValidator(): ValidateFunction {
  const folder = path.dirname(fileURLToPath(import.meta.resolve('dclint/package.json')));
  // It names its dialect by an address that Ajv doesn't know: draft 7, with https.
  const { $schema: _, ...schema }: Record<string, unknown> = JSON.parse(
    readFileSync(path.join(folder, 'schemas/compose.schema.json'), 'utf8'),
  );
  return new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
}

function checkSchema(compose: unknown, validate: ValidateFunction): Finding[] {
  validate(compose);
  return (validate.errors ?? []).map(({ instancePath, message, params }) => ({
    rule: 'compose-schema',
    where: `${where} ${instancePath}`,
    message: `${message} ${JSON.stringify(params)}`,
  }));
}
