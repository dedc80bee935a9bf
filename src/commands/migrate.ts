// Owns `agizo migrate`.

import { readConfig } from '../config.ts';
import { migrate, readMigrations } from '../schema/migrations.ts';
import type { ExitCode, Host } from './command.ts';
import { migrationsFolder, useDatabase } from './database.ts';

export async function migrateCommand(host: Host): Promise<ExitCode> {
  const config = readConfig(host.environment, 'database');
  const migrations = await readMigrations(migrationsFolder);
  const { url } = await useDatabase(host, config);
  const ran = await migrate(url, migrations);
  for (const name of ran) host.print(`applied ${name}\n`);
  host.print(`The database is at schema ${migrations.length}${ran.length === 0 ? ': nothing to do' : ''}.\n`);
  return 0;
}
