// Owns what is generated: schema.sql, openapi.json and the console's types of it, docs/access.md, docs/problems.md and the README's table of settings. With --check it only says which are stale.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { startLocalPostgres } from '../src/local-database/local-postgres.ts';
import { openDatabase } from '../src/platform/database.ts';
import { createIds } from '../src/platform/ids.ts';
import { createLogger } from '../src/platform/log.ts';
import { problemTypeUri } from '../src/platform/problem.ts';
import { problemTypes } from '../src/problems.ts';
import { migrate, readMigrations } from '../src/schema/migrations.ts';
import { settings } from '../src/settings.ts';
import { mayCall } from '../test/access/who-may.ts';
import { dumpSchema } from './schema.ts';

async function describeApi(url: string): Promise<string> {
  const db = openDatabase({ url, name: 'agizo generate', maxConnections: 1 });
  const app = await createApp({
    config: readConfig({}),
    db,
    intakeDb: db,
    openDb: db,
    logger: createLogger('silent'),
    clock: () => new Date(),
    nowMs: () => performance.now(),
    newId: createIds(),
    wake: () => undefined,
    sandbox: undefined,
    stopping: new AbortController().signal,
  });
  await app.ready();
  const document = `${JSON.stringify(app.swagger(), null, 2)}\n`;
  await app.close();
  await db.destroy();
  return document;
}

function describeProblems(): string {
  const sections = problemTypes.map(
    (type) => `## ${type.slug}\n\n\`${problemTypeUri(type)}\`\n\n**${type.status} ${type.title}.** ${type.meaning}\n`,
  );
  return `# Problems

Every error is a problem document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) with one of these types. The type is stable: programs should look at it
and not at the title or the detail, which are for people. Generated from \`src/problems.ts\`.

${sections.join('\n')}`;
}

const accessWords: Record<string, string> = {
  anyone: 'anybody',
  user: 'whoever is signed in, for what is theirs',
  customer: 'people who are signed in, no machines',
};

/** From the rows that `test/access/matrix.test.ts` holds against the service. */
function describeAccess(openapi: string): string {
  const { paths } = JSON.parse(openapi) as {
    paths: Record<string, Record<string, { operationId: string; tags?: string[] }>>;
  };
  const rows = Object.entries(paths).flatMap(([address, methods]) =>
    Object.entries(methods).map(([method, { operationId, tags = [] }]) => {
      const access = mayCall[operationId] ?? '';
      return {
        area: tags[0] ?? '',
        row: `| \`${method.toUpperCase()} ${address}\` | ${accessWords[access] ?? `\`${access}\``} |`,
      };
    }),
  );
  const areas = [...Map.groupBy(rows, ({ area }) => area)].map(
    ([area, of]) => `## ${area}\n\n| operation | who may |\n| --- | --- |\n${of.map(({ row }) => row).join('\n')}\n`,
  );
  return `# Who may call what

A permission in \`code\` is one that staff or machines need; whoever lacks it gets 403, and whoever shows no good token 401. A token that is expired, changed, of another issuer or audience or
signed by another key is nobody's. What is somebody else's is answered as if it were not there. Generated from \`test/access/who-may.ts\`, which \`test/access/matrix.test.ts\` holds against the
service: every operation by every kind of caller.

${areas.join('\n')}`;
}

async function describeSettings(): Promise<string> {
  const rows = settings.map(({ name, about, fallback, production, neededBy }) => {
    const required = production ? { all: 'yes', api: 'by the API', worker: 'by workers' }[neededBy ?? 'all'] : '';
    return `| \`${name}\` | ${about} | ${fallback === '' ? '' : fallback} | ${required} |`;
  });
  const table = [
    '| variable | what it is | when not set | needed in production |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
  const readme = await readFile('README.md', 'utf8');
  return readme.replace(/(<!-- settings -->)[^]*(<!-- \/settings -->)/, `$1\n\n${table}\n\n$2`);
}

/** The generator needs an older compiler than ours, which is why it is installed below `console/`. */
function describeTypes(openapi: string): string {
  const generator = path.resolve('console/node_modules/openapi-typescript/bin/cli.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [generator], { input: openapi, encoding: 'utf8' });
  if (status !== 0) throw new Error(`openapi-typescript: ${stderr}`);
  return `// Owns the types of the service's API, generated from openapi.json.\n\n${stdout}`;
}

async function generate(): Promise<Map<string, string>> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'agizo-generate-'));
  const postgres = await startLocalPostgres(folder, { fsync: 'off' });
  try {
    await migrate(postgres.url, await readMigrations('migrations'));
    const openapi = await describeApi(postgres.url);
    return new Map([
      ['schema.sql', await dumpSchema(postgres.url)],
      ['openapi.json', openapi],
      ['console/api/schema.ts', describeTypes(openapi)],
      ['docs/access.md', describeAccess(openapi)],
      ['docs/problems.md', describeProblems()],
      ['README.md', await describeSettings()],
    ]);
  } finally {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const onlyCheck = process.argv.includes('--check');
const stale: string[] = [];
for (const [file, text] of await generate()) {
  if ((await readFile(file, 'utf8').catch(() => '')) === text) continue;
  stale.push(file);
  if (!onlyCheck) await writeFile(file, text);
}
if (onlyCheck && stale.length > 0) {
  process.stderr.write(`Stale: ${stale.join(', ')}. Run npm run generate.\n`);
  process.exitCode = 1;
} else process.stdout.write(stale.length > 0 ? `Written: ${stale.join(', ')}\n` : 'Generated files are up to date.\n');
