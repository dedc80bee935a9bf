// Owns the facts about what operators are given: rules and a dashboard that name metrics there are, and a runbook for every alert.

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkAlerts } from '../../scripts/verify-deploy/alerts.ts';
import { isInstalled } from '../../scripts/verify-deploy/lab.ts';
import { createMetrics } from '../../src/metrics.ts';

interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string; runbook: string };
}

const rules: Rule[] = parse(readFileSync('ops/prometheus/alerts.yaml', 'utf8')).groups.flatMap(
  ({ rules: each }: { rules: Rule[] }) => each,
);
const dashboard: {
  panels: {
    id: number;
    title: string;
    type: string;
    gridPos: Record<'x' | 'y' | 'w' | 'h', number>;
    targets?: { expr: string }[];
  }[];
} = JSON.parse(readFileSync('ops/grafana/agizo.json', 'utf8'));
const panels = dashboard.panels.filter(({ type }) => type !== 'row');
const expressions = [
  ...rules.map(({ expr }) => expr),
  ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
];
const runbook = readFileSync('docs/operations.md', 'utf8');

/** Names of samples, and of the labels that each may have. */
const known = new Map<string, Set<string>>();

beforeAll(async () => {
  const metrics = createMetrics(() => new Date());
  metrics.answered('POST', '/api/v1/orders/', 201, 0.01);
  metrics.groupPlaced(1, 0.01, []);
  metrics.jobRan('orders-changed', true, 0.01);
  metrics.messageTried('sms', 'accepted', 0.01);
  metrics.watchQueue(() => 0);
  const channel = 'sms';
  metrics.watch({
    pools: { main: () => ({ total: 1, idle: 1, waiting: 0 }) },
    readBacklog: async () => ({
      jobs: { due: 0, oldestDueSeconds: 0, failed: 0 },
      messages: [{ channel, status: 'queued', heldFor: null, count: 1, oldestCreatedAt: new Date() }],
      channels: [{ channel, pause: null }],
    }),
  });
  const { text } = await metrics.render();
  for (const [, name = '', labels = ''] of text.matchAll(/^([a-z_:][a-z0-9_:]*)(?:\{(.*)\})? \S+$/gm)) {
    const names = known.get(name) ?? new Set(['job', 'instance']);
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) names.add(label);
    known.set(name, names);
  }
  // Prometheus's own, of every target.
  known.set('up', new Set(['job', 'instance']));
});

/** The metrics of an expression with the labels it asks them for. */
function selectorsIn(expression: string): { name: string; labels: string[] }[] {
  const selectors = expression.matchAll(/\b((?:agizo|nodejs|process)_[a-z0-9_]+|up)\b(?:\{([^}]*)\})?/g);
  return [...selectors].map(([, name = '', labels = '']) => ({
    name,
    labels: [...labels.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map((match) => match[1] ?? ''),
  }));
}

test('there is something to check', () => {
  expect(rules.length).toBeGreaterThan(10);
  expect(panels.length).toBeGreaterThan(15);
  expect(known.size).toBeGreaterThan(40);
  for (const expression of expressions) expect(selectorsIn(expression).length, expression).toBeGreaterThan(0);
});

test('every metric and label that a rule or a panel names is one that the service tells', () => {
  const wrong = expressions.flatMap(selectorsIn).flatMap(({ name, labels }) => {
    const has = known.get(name);
    return has ? labels.filter((label) => !has.has(label)).map((label) => `${name}{${label}}`) : [name];
  });
  expect(wrong).toEqual([]);
});

const ruleTests: { tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[] } = parse(
  readFileSync('ops/prometheus/alerts-test.yaml', 'utf8'),
);

test('of every alert there is a case in which it fires, and one in which it must not', () => {
  const cases = ruleTests.tests.flatMap(({ alert_rule_test: each }) => each);
  for (const { alert } of rules) {
    const fires = cases
      .filter(({ alertname }) => alertname === alert)
      .map(({ exp_alerts: alerts }) => alerts.length > 0);
    expect(new Set(fires), alert).toEqual(new Set([true, false]));
  }
});

test('the cases name metrics and labels that the service tells', () => {
  const text = readFileSync('ops/prometheus/alerts-test.yaml', 'utf8');
  const series = [...text.matchAll(/series: '(.*)'/g)].map(([, each = '']) => each);
  expect(series.length).toBeGreaterThan(30);
  for (const each of series.flatMap(selectorsIn)) {
    const has = known.get(each.name);
    expect(
      each.labels.filter((label) => !has?.has(label)),
      each.name,
    ).toEqual([]);
  }
});

const hasPromtool = isInstalled('promtool');
if (!hasPromtool) process.stderr.write('Skipped: there is no promtool here (Debian: apt-get install prometheus).\n');

describe.skipIf(!hasPromtool)('promtool', () => {
  test('finds nothing wrong', () => {
    expect(checkAlerts()).toMatch(new RegExp(`^${rules.length} rules do what their tests say, \\d+ expressions`));
  });

  const edit = (from: string, to: string) => (text: string) => {
    expect(text).toContain(from);
    return text.replace(from, () => to);
  };

  test.each([
    [
      'a parenthesis that is not closed',
      'alerts.yaml',
      'max(agizo_jobs_failed)',
      'max(agizo_jobs_failed',
      'parse error',
    ],
    ['a function that there is not', 'alerts.yaml', 'sum(increase(', 'sum(growth(', 'unknown function'],
    ['a rate of no range', 'alerts.yaml', '_count[5m])) > 0.01', '_count)) > 0.01', 'expected type range vector'],
    ['a field that there is not', 'alerts.yaml', 'for: 1m', 'lasting: 1m', 'not found in type'],
    ['a template that is not one', 'alerts.yaml', '{{ $value | humanize }}', '{{ $value | human }}', 'not defined'],
    ['a threshold that is never met', 'alerts.yaml', '> 0.25', '> 25', 'AgizoEventLoopBlocked'],
    ['an alert for what is no trouble', 'alerts.yaml', 'accepted|permanent', 'accepted', 'AgizoProviderFailing'],
    ['an alert that doesn’t wait', 'alerts.yaml', 'for: 1m', 'for: 0m', 'AgizoDown'],
    [
      'rules that are elsewhere',
      'prometheus.yaml',
      '- alerts.yaml',
      '- rules.yaml',
      'does not point to an existing file',
    ],
    [
      'an expression of the dashboard that is none',
      'dashboard',
      'max(agizo_jobs_due)',
      'max(agizo_jobs_due',
      'parse error',
    ],
  ])('%s is caught', (_what, file, from, to, complaint) => {
    expect(() => checkAlerts({ [file]: edit(from, to) })).toThrow(complaint);
  });
});

test('every label that is grouped by is one of the metrics beside it', () => {
  for (const expression of expressions) {
    const labels = new Set(selectorsIn(expression).flatMap(({ name }) => [...(known.get(name) ?? [])]));
    labels.add('le');
    for (const [, names = ''] of expression.matchAll(/\bby \(([^)]*)\)/g)) {
      for (const name of names.split(',')) expect([...labels], expression).toContain(name.trim());
    }
  }
});

test('parentheses, braces and quotes are closed', () => {
  for (const expression of expressions) {
    const count = (text: string) => expression.split(text).length;
    expect([count('('), count('{'), count('"') % 2], expression).toEqual([count(')'), count('}'), 1]);
  }
});

test('every alert says what it is, how bad, and has its section in the runbook; every section its alert', () => {
  for (const { alert, labels, annotations } of rules) {
    expect(['page', 'ticket']).toContain(labels.severity);
    expect(annotations.summary.length).toBeGreaterThan(10);
    expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
  }
  const sections = [...runbook.matchAll(/^### (Agizo\w+)$/gm)].map((match) => match[1]);
  expect(sections).toEqual(rules.map(({ alert }) => alert));
});

test('no panel covers another, and each has an id of its own', () => {
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
});

test('the links of the runbook lead somewhere', () => {
  const headings = new Set(
    [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text.toLowerCase().replaceAll(' ', '-')),
  );
  for (const [, target = ''] of runbook.matchAll(/\]\(([^)]+)\)/g)) {
    if (target.startsWith('#')) expect([...headings]).toContain(target.slice(1));
    else expect(() => readFileSync(`docs/${target}`), target).not.toThrow(/ENOENT/);
  }
});
