// Owns `agizo doctor`: the checks in order, and how their findings look.

import { readConfig } from '../config.ts';
import { readMigrations } from '../schema/migrations.ts';
import {
  checkCurrency,
  checkDatabase,
  checkDisk,
  checkIssuer,
  checkLimits,
  checkMail,
  checkPublicUrl,
  checkReplica,
  checkSms,
  judgeSettings,
} from './checks.ts';
import type { ExitCode, Host } from './command.ts';
import { migrationsFolder, useDatabase } from './database.ts';
import { explain } from './explain.ts';
import type { Finding } from './finding.ts';

const looks = {
  ok: { word: 'ok', style: 'green' },
  warning: { word: 'warn', style: 'yellow' },
  failed: { word: 'FAIL', style: 'red' },
} as const;

export async function doctorCommand(host: Host): Promise<ExitCode> {
  // Settings that can't be read end it here, each named.
  const config = readConfig(host.environment);
  const checks: [string, Promise<Finding[]>][] = [
    ['settings', Promise.resolve(judgeSettings(config))],
    ['database', openAndCheck()],
  ];
  // A role has only the settings that it needs.
  if (config.role !== 'worker')
    checks.push(['sign-in', checkIssuer(config)], ['limits', Promise.resolve(checkLimits(config))]);
  if (config.role !== 'api') checks.push(['sms', checkSms(config)], ['mail', checkMail(config)]);
  checks.push(['public url', checkPublicUrl(config)]);
  if (config.databaseUrl === undefined) checks.push(['disk', checkDisk(config.dataDir)]);
  const all: Finding[] = [];
  for (const [name, check] of checks) {
    for (const [index, finding] of (await check).entries()) {
      all.push(finding);
      host.print(line(host, index === 0 ? name : '', finding));
    }
  }
  const count = (state: Finding['state']) => all.filter((finding) => finding.state === state).length;
  host.print(`\n${count('failed')} failed, ${count('warning')} to look at, ${count('ok')} in order.\n`);
  return count('failed') === 0 ? 0 : 1;

  async function openAndCheck(): Promise<Finding[]> {
    try {
      const { url } = await useDatabase(host, config);
      const ofDatabase = await checkDatabase(url, await readMigrations(migrationsFolder));
      const findings = [...ofDatabase, ...(await checkCurrency(url, config.currency))];
      if (config.databaseReplicaUrl === undefined) return findings;
      return [...findings, ...(await checkReplica(config.databaseReplicaUrl, url))];
    } catch (error) {
      return [{ state: 'failed', text: explain(error) }];
    }
  }
}

function line(host: Host, name: string, { state, text, mend }: Finding): string {
  const { word, style } = looks[state];
  const first = `${host.style(style, word.padEnd(5))} ${name.padEnd(11)} ${text}\n`;
  return mend === undefined ? first : `${first}${' '.repeat(18)}${host.style('dim', mend)}\n`;
}
