// Owns the browser under test: finding a Chromium on this machine, starting it, and what axe finds on a page.

import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';

const places = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** Undefined, after saying so aloud, where there is none. */
export const chromiumPath = places.find((place) => place !== undefined && existsSync(place));
if (chromiumPath === undefined) {
  process.stderr.write(
    'The browser tests are skipped: there is no Chromium. Install one (apt-get install chromium) or set CHROMIUM_PATH.\n',
  );
}

/** `--no-sandbox`: root, as which containers run tests, may not have Chromium's own sandbox. Only our own pages are opened. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath ?? '', args: flags, timeout: 60_000 });

export const phone = { width: 390, height: 844 };
export const desktop = { width: 1280, height: 900 };

/** What axe calls serious or critical on the page as it is now, one line each: the rule and where. */
export async function seriousViolations(page: Page): Promise<string[]> {
  // Evaluated rather than added as a script, which the pages' content security policy forbids.
  await page.evaluate(axe.source);
  const results: Results = await page.evaluate('axe.run()');
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

interface Results {
  violations: { id: string; impact: string; nodes: { target: string[] }[] }[];
}

/** Whether something sticks out at the side, so that a phone would scroll sideways. */
export const overflowsSideways = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
