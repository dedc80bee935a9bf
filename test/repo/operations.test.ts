// Owns the facts about what operators are given: rules and a dashboard that name metrics there are, and a runbook for every alert.

import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
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
