// Owns the table of what a provider does against what the ledger says: each row over real HTTP. docs/messages.md has the same.

import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { listChannels } from '../../src/sending/channel-store.ts';
import { byStaff, providerRows, type Row, well } from '../support/provider-rows.ts';
import { type LedgerRow, openProviderWorld, type ProviderWorld } from '../support/provider-world.ts';
import { eventually } from '../support/service.ts';

let phones = 0;
let world: ProviderWorld;

beforeAll(async () => {
  world = await openProviderWorld();
});
afterEach(() => world.calm());
afterAll(() => world.stop());

async function attempted({ answers, nigeria }: Pick<Row, 'answers' | 'nigeria'>): Promise<LedgerRow> {
  const [first = well, ...others] = answers;
  world.gateway.answer(first);
  const phone = `${nigeria ? '+234802' : '+254702'}${String(100_000 + phones++)}${nigeria ? '0' : ''}`;
  const order = await world.place(phone);
  const ended = (count: number) =>
    eventually(
      `attempt ${count}`,
      async () => {
        const found = await world.ledgerOf(order);
        return found && found.outcomes.length === count && found;
      },
      15_000,
    );
  let found = await ended(1);
  for (const [index, answer] of others.entries()) {
    world.gateway.answer(answer);
    // And long enough for a circuit that opened.
    world.skip(found.waits * 1_000 + 31_000);
    found = await ended(index + 2);
  }
  return found;
}

test.each(providerRows)('$does: $status', async (row) => {
  const found = await attempted(row);
  expect(found.status).toBe(row.status);
  expect(found.outcomes.join(', ')).toBe(row.outcomes);
  expect(`${found.detail}; ${found.failure}`).toContain(row.reason);
  expect(found.ambiguous).toBe(row.ambiguous ?? false);
  if (row.status === 'failed') expect(found.failure).toContain(found.detail);
  if (row.again) {
    expect(found.waits).toBeGreaterThanOrEqual(row.again[0]);
    expect(found.waits).toBeLessThanOrEqual(row.again[1]);
  }
  const [sms] = await listChannels(world.service.db);
  if (row.paused) {
    expect(sms?.pause?.by).toBe('system');
    expect(sms?.pause?.until === null).toBe(row.paused === byStaff);
    await eventually('an alarm to staff', async () => {
      const { body } = await world.service.request('GET', '/sandbox/emails?to=staff@agizo.test');
      return body.some(
        (email: { subject: string }) => email.subject.startsWith('SMS is paused') && email.subject.includes(row.reason),
      );
    });
  } else {
    expect(sms?.pause).toBeNull();
  }
});

test('docs/messages.md has the same table', () => {
  const page = readFileSync('docs/messages.md', 'utf8');
  for (const row of providerRows) {
    const cells = [row.does, row.outcomes, row.status + (row.paused ? `; the channel is paused ${row.paused}` : '')];
    expect(page).toContain(`| ${cells.join(' | ')} |`);
  }
});
