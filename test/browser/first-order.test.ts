// Owns the facts about a newcomer's first minutes in a browser: /docs/ signs in and orders, /sandbox/ shows the SMS and the e-mail.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumPath, desktop, openBrowser, overflowsSideways, phone, seriousViolations } from '../support/browser.ts';
import { createLauncher, type Launcher, type ServiceProcess } from '../support/process.ts';
import { createTestDatabase } from '../support/service.ts';

const waitMs = 20_000;

describe.skipIf(chromiumPath === undefined)('in a browser', { timeout: 90_000 }, () => {
  let launcher: Launcher;
  let service: ServiceProcess;
  let browser: Browser;
  let context: BrowserContext;
  let faults: string[];

  beforeAll(async () => {
    launcher = createLauncher();
    const database = await createTestDatabase('template1');
    [service, browser] = await Promise.all([launcher.launch({ DATABASE_URL: database }), openBrowser()]);
    await service.ready();
  }, 90_000);
  afterAll(async () => {
    await browser?.close();
    await launcher.clean();
  });

  beforeEach(async () => {
    context = await browser.newContext({ viewport: desktop });
    context.setDefaultTimeout(waitMs);
    faults = [];
    context.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    context.on('weberror', (fault) => faults.push(String(fault.error())));
  });
  afterEach(async () => {
    await context.close();
    expect(faults).toEqual([]);
  });

  async function open(path: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(service.url + path);
    return page;
  }

  /** Presses Authorize in /docs/, and signs in on the page that opens. */
  async function signIn(docs: Page): Promise<void> {
    await docs.getByRole('button', { name: 'Authorize' }).first().click();
    const [signInPage] = await Promise.all([
      context.waitForEvent('page'),
      docs.getByRole('button', { name: 'Apply given OAuth2 credentials' }).click(),
    ]);
    await signInPage.getByRole('button', { name: 'Wanjiku' }).click();
    await docs.getByRole('button', { name: 'Remove authorization' }).waitFor();
    await docs.locator('.close-modal').click();
  }

  test('an order is placed from the API documents, and its SMS and e-mail arrive on the sandbox page', async () => {
    const sandbox = await open('/sandbox/');
    await sandbox.getByText('No messages yet.').waitFor();
    const docs = await open('/docs/');
    await signIn(docs);
    const operation = docs.locator('.opblock', { hasText: 'Place an order' });
    await operation.locator('.opblock-summary').click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    const answer = operation.locator('.live-responses-table');
    await answer.getByText('"code"').waitFor();
    const code = /"code": "(\w+)"/.exec((await answer.textContent()) ?? '')?.[1];
    expect(code).toHaveLength(8);
    // Without a reload.
    await sandbox
      .getByRole('log')
      .getByText(code as string)
      .waitFor();
    await sandbox.locator('#inbox').getByText(`New order ${code}`).first().waitFor();
  });

  describe.each([
    ['a phone', phone],
    ['a desktop', desktop],
  ])('on %s', (_what, viewport) => {
    test('the sandbox page is accessible and fits, in the light and in the dark', async () => {
      const page = await open('/sandbox/');
      await page.setViewportSize(viewport);
      await page.locator('#live', { hasText: 'Live' }).waitFor();
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await seriousViolations(page)).toEqual([]);
      }
      expect(await overflowsSideways(page)).toBe(false);
    });

    test('the sign-in page is accessible, fits, and says what is wrong', async () => {
      const query = new URLSearchParams({
        client_id: 'agizo',
        response_type: 'code',
        redirect_uri: `${service.url}/docs/static/oauth2-redirect.html`,
        code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
        code_challenge_method: 'S256',
      });
      const page = await open(`/authorize?${query.toString()}`);
      await page.setViewportSize(viewport);
      expect(await seriousViolations(page)).toEqual([]);
      await page.getByLabel('User name').fill('wanjiku@agizo.test');
      await page.getByLabel('Password').fill('wrong');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').waitFor();
      expect(faults.splice(0)).toEqual([expect.stringContaining('403')]);
      expect(await seriousViolations(page)).toEqual([]);
      expect(await overflowsSideways(page)).toBe(false);
    });
  });

  test('the API documents fit a phone', async () => {
    const page = await open('/docs/');
    await page.setViewportSize(phone);
    await page.getByText('Place an order').first().waitFor();
    expect(await overflowsSideways(page)).toBe(false);
  });
});
