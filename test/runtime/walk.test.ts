// Owns the fact that the README's five minutes work as they stand.

import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { walk } from '../../scripts/verify-deploy/walk.ts';
import { loadDemoCatalog } from '../../src/catalog/demo.ts';
import { startService } from '../support/service.ts';

const missing = ['bash', 'curl', 'sed'].filter((tool) => spawnSync(tool, ['--version']).error !== undefined);

test.skipIf(missing.length > 0)(
  `the README's five minutes work${missing.length > 0 ? `: install ${missing.join(', ')}` : ''}`,
  async () => {
    const service = await startService();
    await loadDemoCatalog(service.db, () => new Date(), service.config.currency);
    try {
      await expect(walk({ apiUrl: service.url })).resolves.toBeUndefined();
    } finally {
      await service.stop();
    }
  },
);
