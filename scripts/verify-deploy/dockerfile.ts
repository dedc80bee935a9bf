// Owns what is checked of the Dockerfile without building it.

import { validate } from 'dockerfile-utils';
import type { Files, Finding } from './finding.ts';

interface Instruction {
  keyword: string;
  text: string;
}

/** The instructions of each stage, continued lines joined, comments left out. */
function readStages(text: string): Instruction[][] {
  const lines = text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n');
  const stages: Instruction[][] = [];
  for (const line of lines) {
    const [, keyword, rest] = /^\s*([A-Za-z]+)\s+(.*)$/.exec(line) ?? [];
    if (keyword === undefined) continue;
    if (keyword.toUpperCase() === 'FROM') stages.push([]);
    stages.at(-1)?.push({ keyword: keyword.toUpperCase(), text: rest ?? '' });
  }
  return stages;
}

const secretName = /\b(?=\w)(?:\w*_)?(?:PASSWORD|SECRET|TOKEN|API_KEY)\w*\s*=/;

export function checkDockerfile(files: Files): Finding[] {
  const where = 'Dockerfile';
  const text = files.get(where) ?? '';
  const findings: Finding[] = validate(text).map(({ message, range }) => ({
    rule: 'dockerfile-syntax',
    where: `${where}:${range.start.line + 1}`,
    message: typeof message === 'string' ? message : message.value,
  }));
  const add = (rule: string, message: string) => findings.push({ rule, where, message });

  const stages = readStages(text);
  const all = stages.flat();
  const last = stages.at(-1) ?? [];
  const textsOf = (keyword: string, of = last) =>
    of.filter((each) => each.keyword === keyword).map((each) => each.text);
  const names = stages.map(([from]) => / as (\S+)$/i.exec(from?.text ?? '')?.[1]);

  for (const from of textsOf('FROM', all)) {
    const image = from.split(' ')[0] ?? '';
    if (!names.includes(image) && !/:(?!latest\b)[\w.-]+/.test(image))
      add('base-tag', `${image} names no fixed tag: the image would change by itself`);
  }
  const user = textsOf('USER').at(-1) ?? 'root';
  if (!/^[1-9]\d*(:\d+)?$/.test(user))
    add('numeric-user', `USER is ${user}: Kubernetes can tell only from a number that it is not root`);
  for (const keyword of ['HEALTHCHECK', 'LABEL', 'STOPSIGNAL', 'EXPOSE', 'WORKDIR'])
    if (textsOf(keyword).length === 0) add('missing-instruction', `the last stage has no ${keyword}`);
  for (const command of [...textsOf('CMD'), ...textsOf('ENTRYPOINT')])
    if (!command.startsWith('['))
      add('exec-form', `${command}: a shell would stand between the process and its signals; write ["…"]`);
  if (!textsOf('ENV').some((env) => /NODE_ENV=production/.test(env)))
    add('production', 'the last stage does not set NODE_ENV=production');
  for (const env of [...textsOf('ENV', all), ...textsOf('ARG', all)])
    if (secretName.test(env)) add('secret-in-image', `${env.split('=')[0]} stays readable in the image's history`);
  for (const run of textsOf('RUN', all)) {
    if (/\bnpm (?:i|install)\b/.test(run)) add('lock-file', 'npm install ignores the lock file: npm ci');
  }
  // A stage that only builds leaves what it built with behind.
  const shipped = stages.filter((_, index) => {
    const taken = textsOf('COPY', all).filter((copy) => copy.startsWith(`--from=${names[index]} `));
    return taken.length === 0 || taken.some((copy) => !/^--from=\S+ \/app\/dist\//.test(copy));
  });
  for (const run of shipped.flatMap((stage) => textsOf('RUN', stage))) {
    if (!/\bnpm ci\b/.test(run)) continue;
    if (!/--omit=dev/.test(run)) add('dev-dependencies', 'npm ci without --omit=dev');
    if (!/--omit=optional/.test(run))
      add('optional-dependencies', 'npm ci without --omit=optional brings a PostgreSQL and a second Node');
  }
  for (const copy of textsOf('COPY', all)) {
    const from = /--from=(\S+)/.exec(copy)?.[1];
    if (from !== undefined && !names.includes(from)) add('unknown-stage', `there is no stage named ${from}`);
    if (/^\.\s|^\.\/\s/.test(copy)) add('copy-everything', 'COPY . takes along whatever lies around: name the folders');
  }
  return [...findings, ...checkIgnored(files, textsOf('COPY', all))];
}

/** What is copied must be let through by .dockerignore, and nothing private may be. */
function checkIgnored(files: Files, copies: string[]): Finding[] {
  const lines = (files.get('.dockerignore') ?? '').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const finding = (rule: string, message: string): Finding => ({ rule, where: '.dockerignore', message });
  if (lines[0] !== '*') return [finding('ignore-all', 'it must begin with *, so that nothing private is ever sent')];
  const sources = copies
    .filter((copy) => !copy.includes('--from='))
    .flatMap((copy) => copy.split(/\s+/).slice(0, -1))
    .map((source) => source.replace(/^\.\//, ''));
  return sources
    .filter(
      (source) =>
        !lines.some(
          (line) => line === `!${source}` || (line.startsWith('!') && source.startsWith(`${line.slice(1)}/`)),
        ),
    )
    .map((source) => finding('ignored-source', `the Dockerfile copies ${source}, which is kept out`));
}
