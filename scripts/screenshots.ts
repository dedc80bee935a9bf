// Owns `npm run screenshots`: pictures of the console's pages, with a shop that has had a morning, for docs/console/.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { freePort } from '../src/local-database/local-postgres.ts';
import { chromiumPath, openBrowser } from '../test/support/browser.ts';

const folder = path.resolve('docs/console');
const sizes = [
  { name: 'wide', width: 1280, height: 860 },
  { name: 'phone', width: 360, height: 740 },
];
const themes = ['light', 'dark'] as const;
const startTimeoutMs = 60_000;

const customers = [
  ['wanjiku.kamau', '+254712345678', 'Moi Avenue 12, Nairobi'],
  ['otieno.ouma', '+254722000111', 'Oginga Odinga Road, Kisumu'],
  ['amina.hassan', '+254733222333', 'Nyali, Mombasa'],
  ['kipchoge.rono', '+254700111222', 'Eldoret'],
  ['achieng.adhiambo', '+254711999888', ''],
] as const;

async function start(): Promise<{ url: string; stop: () => Promise<void> }> {
  const port = await freePort();
  const data = mkdtempSync(path.join(os.tmpdir(), 'agizo-screenshots-'));
  const url = `http://localhost:${port}`;
  const child = spawn('npm', ['start'], {
    env: { ...process.env, PORT: String(port), HOST: '127.0.0.1', PUBLIC_URL: url, DATA_DIR: data },
    stdio: 'ignore',
  });
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
    rmSync(data, { recursive: true, force: true });
  };
  for (const deadline = Date.now() + startTimeoutMs; ; await delay(200)) {
    const answer = await fetch(`${url}/console/`).catch(() => undefined);
    if (answer?.ok) return { url, stop };
    if (Date.now() > deadline) throw new Error('the console did not become ready');
  }
}

async function tokenOf(url: string, name: string): Promise<string> {
  const answer = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_type: 'password',
      client_id: 'agizo',
      username: `${name}@agizo.test`,
      password: 'agizo',
      audience: 'https://agizo.test/api',
    }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

async function call(url: string, method: string, address: string, token: string, body?: object) {
  const answer = await fetch(url + address, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${address}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

interface Placed {
  id: string;
  code: string;
}

/** Orders in every status, with what was sent about them. */
async function playMorning(url: string): Promise<Placed[]> {
  const staff = await tokenOf(url, 'staff');
  const listed = (await call(url, 'GET', '/api/v1/products/?limit=50', staff)) as {
    id: string;
    stock: number | null;
  }[];
  const products = listed.filter(({ stock }) => stock === null || stock > 20);
  const orders: Placed[] = [];
  for (let round = 0; round < 4; round += 1) {
    for (const [index, [name, phone, address]] of customers.entries()) {
      const token = await tokenOf(url, name);
      const items = [0, 1].slice(0, 1 + ((round + index) % 2)).map((offset) => ({
        product: products[(round * 3 + index * 2 + offset) % products.length]?.id,
        quantity: 1 + ((round + index) % 3),
      }));
      if (round === 0 && address !== '') await call(url, 'PATCH', '/api/v1/customers/me/', token, { address });
      orders.push((await call(url, 'POST', '/api/v1/orders/', token, { items, phone_number: phone })) as Placed);
    }
  }
  const move = (order: Placed | undefined, status: string, note?: string) =>
    call(url, 'PATCH', `/api/v1/orders/${order?.id}/`, staff, { status, ...(note && { note }) });
  for (const order of orders.slice(0, 11)) await move(order, 'confirmed');
  for (const order of orders.slice(0, 7)) await move(order, 'dispatched');
  for (const order of orders.slice(0, 4)) await move(order, 'completed');
  await move(orders[12], 'cancelled', 'Ordered twice by mistake.');
  await call(url, 'POST', `/api/v1/orders/${orders[5]?.id}/notes/`, staff, { text: 'Asked to be called at the gate.' });
  await call(url, 'PATCH', `/api/v1/products/${products[0]?.id}/`, staff, { price: 199 });
  return orders;
}

async function signIn(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/console/`);
  await page.getByRole('button', { name: /Staff/ }).click();
  await page.getByRole('navigation').waitFor();
}

async function picture(browser: Browser, url: string, pages: [name: string, address: string][]): Promise<void> {
  for (const { name: size, width, height } of sizes) {
    for (const theme of themes) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, locale: 'en-KE' });
      const page = await context.newPage();
      await signIn(page, url);
      for (const [name, address] of pages) {
        await page.goto(`${url}/console/${address}`);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' });
        await delay(400);
        await page.screenshot({ path: path.join(folder, `${name}-${size}-${theme}.png`) });
      }
      await context.close();
    }
  }
}

if (chromiumPath === undefined) process.exitCode = 1;
else {
  mkdirSync(folder, { recursive: true });
  const service = await start();
  const browser = await openBrowser();
  try {
    const orders = await playMorning(service.url);
    await picture(browser, service.url, [
      ['today', ''],
      ['orders', 'orders'],
      ['order', `orders/${orders[5]?.code}`],
      ['products', 'products'],
      ['import', 'products/import'],
      ['customers', 'customers'],
      ['messages', 'messages'],
      ['reports', 'reports'],
      ['audit', 'audit'],
    ]);
  } finally {
    await browser.close();
    await service.stop();
  }
}
