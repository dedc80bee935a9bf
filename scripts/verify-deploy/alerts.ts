// Owns what Prometheus' own tool says of ops/: its configuration, the rules and what they do, and the dashboard's expressions.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CannotRun, isInstalled, outputOf } from './lab.ts';

const folder = 'ops/prometheus';
const dashboard = 'ops/grafana/agizo.json';

/** By the name of a file in ops/prometheus, or `dashboard`: what is looked at in its place. */
export type Edits = Readonly<Record<string, (text: string) => string>>;

/**
 * @param edits mistakes to be caught
 * @returns what is right, in words
 * @throws CannotRun without promtool; Error with what it has against the files
 */
export function checkAlerts(edits: Edits = {}): string {
  if (!isInstalled('promtool')) throw new CannotRun('not here: promtool. apt-get install prometheus');
  const copy = mkdtempSync(path.join(os.tmpdir(), 'agizo-alerts-'));
  try {
    cpSync(folder, copy, { recursive: true });
    const panels = (edits['dashboard'] ?? ((text) => text))(readFileSync(dashboard, 'utf8'));
    writeFileSync(path.join(copy, 'panels.yaml'), JSON.stringify(asRules(expressionsIn(panels))));
    for (const [file, edit] of Object.entries(edits)) {
      if (file === 'dashboard') continue;
      writeFileSync(path.join(copy, file), edit(readFileSync(path.join(copy, file), 'utf8')));
    }
    const counts = [
      promtool(copy, 'check', 'config', 'prometheus.yaml'),
      promtool(copy, 'check', 'rules', 'panels.yaml'),
    ].map((output) => /(\d+) rules found/.exec(output)?.[1]);
    promtool(copy, 'test', 'rules', 'alerts-test.yaml');
    return `${counts[0]} rules do what their tests say, ${counts[1]} expressions of the dashboard can be read`;
  } finally {
    rmSync(copy, { recursive: true });
  }
}

function promtool(cwd: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd, encoding: 'utf8' });
  return outputOf(['promtool', ...args], { exitCode: status ?? -1, output: stdout + stderr });
}

function expressionsIn(text: string): string[] {
  const { panels } = JSON.parse(text) as { panels: { targets?: { expr: string }[] }[] };
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
}

/** Rules that record them, which is a thing that promtool can check. What Grafana fills in is filled in. */
const asRules = (expressions: string[]): object => ({
  groups: [
    {
      name: 'panels',
      rules: expressions.map((expr, index) => ({
        record: `panel:${index}`,
        expr: expr.replaceAll('$__rate_interval', '1m'),
      })),
    },
  ],
});
