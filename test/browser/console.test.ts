// Owns the facts about the console in a browser: staff see orders come in, move them on and are told what others did, each as they may.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, desktop, openBrowser, overflowsSideways, seriousViolations } from '../support/browser.ts';
import { type Service, startService } from '../support/service.ts';
import { openShop, type Shop } from '../support/shop.ts';

const waitMs = 20_000;

describe.skipIf(chromiumPath === undefined)('the console', { timeout: 90_000 }, () => {
  let service: Service;
  let shop: Shop;
  let browser: Browser;
  let product: string;
  const contexts: BrowserContext[] = [];

  beforeAll(async () => {
    [service, browser] = await Promise.all([startService(), openBrowser()]);
    shop = await openShop(service);
    product = (await shop.makeProduct({ name: 'Blue kettle', price: 1450, stock: 50, sku: 'KETTLE' })).id;
  }, 90_000);
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
  });
  afterAll(async () => {
    await browser?.close();
    await service.stop();
  });

  const place = async (name: string) => (await shop.place(await service.tokenFor(name), [[product, 2]])).body;

  async function signIn(person: string, path = '', options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: desktop, locale: 'en-KE', ...options });
    contexts.push(context);
    context.setDefaultTimeout(waitMs);
    const page = await context.newPage();
    await page.goto(`${service.url}/console/${path}`);
    await page.getByLabel('User name').fill(`${person}@agizo.test`);
    await page.getByLabel('Password').fill('agizo');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.locator('main').waitFor();
    return page;
  }

  test('an order appears by itself, is confirmed, and its SMS is on the timeline', async () => {
    await place('otieno');
    const page = await signIn('staff', 'orders');
    await page.getByText('Otieno').first().waitFor();
    const { code } = await place('wanjiku');
    await page.getByRole('button', { name: '1 new' }).click();
    await page.getByRole('row', { name: new RegExp(code) }).click();
    await page.getByRole('button', { name: 'Confirm', exact: true }).click();
    await page.getByText(`your order ${code}`).nth(1).waitFor();
    await page.getByLabel('Write a note').fill('Call after six.');
    await page.keyboard.press('Enter');
    await page.getByText('Call after six.').waitFor();
    expect(await page.getByText('Delivered').count()).toBeGreaterThan(0);
  });

  test('by keyboard alone: to the orders, down, into one, and whatever is searched for', async () => {
    const { code } = await place('achieng');
    const page = await signIn('staff');
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    await page.getByRole('row', { name: new RegExp(code) }).waitFor();
    await page.getByRole('checkbox', { name: code }).press('Space');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: code }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('kettle');
    await page.getByRole('option', { name: /Blue kettle/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Products' }).waitFor();
  });

  test('of two people who move one order, the second is told what the first did', async () => {
    const { code, id } = await place('kipchoge');
    const page = await signIn('staff', `orders/${code}`);
    await page.getByRole('button', { name: 'Confirm', exact: true }).waitFor();
    // What the other does arrives in between: nobody has looked again yet.
    await page.route('**/api/v1/orders/*expand=events*', (route) => route.abort());
    await service.request('DELETE', `/api/v1/orders/${id}/`, { token: shop.staff });
    await page.getByRole('button', { name: 'Confirm', exact: true }).click();
    await page.unroute('**/api/v1/orders/*expand=events*');
    await page.getByText('Somebody has changed this order meanwhile: it is cancelled now').waitFor();
  });

  test('several are moved at once, and one that refuses says why', async () => {
    const [first, second] = [await place('njeri'), await place('mutua')];
    const page = await signIn('staff', 'orders?status=pending');
    await page.getByRole('checkbox', { name: first.code }).check();
    await page.getByRole('checkbox', { name: second.code }).check();
    await service.request('DELETE', `/api/v1/orders/${second.id}/`, { token: shop.staff });
    await page.getByRole('button', { name: 'Confirm', exact: true }).click();
    await page.getByText('1 done, 1 refused').waitFor();
    const { body } = await service.request('GET', `/api/v1/orders/${first.id}/`, { token: shop.staff });
    expect(body.status).toBe('confirmed');
  });

  test('each person sees what they may: a viewer moves nothing, a clerk has no reports, a customer nothing', async () => {
    const { code } = await place('amina');
    const viewer = await signIn('viewer', `orders/${code}`);
    await viewer.getByRole('heading', { name: code }).waitFor();
    expect(await viewer.getByRole('button', { name: /Confirm|Cancel order/ }).count()).toBe(0);
    const clerk = await signIn('clerk', 'orders');
    await clerk.getByRole('row', { name: new RegExp(code) }).waitFor();
    expect(await clerk.getByRole('link', { name: 'Reports' }).count()).toBe(0);
    await clerk.goto(`${service.url}/console/reports`);
    await clerk.getByText('This page is not for your role').waitFor();
    const customer = await signIn('amina');
    await customer.getByText('This page is not for your role').waitFor();
  });

  test('a file with three bad rows shows them, and brings in the others', async () => {
    const page = await signIn('staff', 'products/import');
    const rows = [
      'P-1,Red pot,Kitchen,900,5',
      'P-2,,Kitchen,1,1',
      'P-3,Lid,Kitchen,"1,450",1',
      'P-1,Twice,Kitchen,2,2',
    ];
    await page.setInputFiles('input[type=file]', {
      name: 'products.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(['sku,name,category,price,stock', ...rows].join('\n')),
    });
    await page.getByText('3 left out').waitFor();
    expect(await page.getByText(/^Line \d$/).count()).toBe(3);
    await page.getByRole('button', { name: 'Bring in 1 rows' }).click();
    await page.getByText('Done: 1 new, 0 changed').waitFor();
  });

  test('a price is changed in its row', async () => {
    const page = await signIn('staff', 'products?search=kettle');
    const cell = page.getByLabel('Change price of Blue kettle');
    await cell.fill('1500');
    await cell.press('Enter');
    await page.getByText('Saved').waitFor();
    expect((await service.request('GET', `/api/v1/products/${product}/`)).body.price).toBe(1500);
  });

  test('without a line it says how old it is, and catches up', async () => {
    const page = await signIn('staff', 'orders');
    await page.getByRole('row').nth(1).waitFor();
    await page.context().setOffline(true);
    await page.getByText('You are offline').waitFor();
    const { code } = await place('baraka');
    await page.context().setOffline(false);
    await page.getByRole('button', { name: '1 new' }).click();
    await page.getByText(code).waitFor();
    expect(await page.getByText('You are offline').count()).toBe(0);
  });

  test('of a service that fails it says so beside what it has, until it answers again', async () => {
    const page = await signIn('staff', 'orders');
    await page.getByRole('row').nth(1).waitFor();
    await page.route(/\/api\/v1\/orders\/\?/, (route) => route.fulfill({ status: 503, json: { title: 'Down' } }));
    const notice = page.getByText('The service does not answer. What you see is as it was at');
    await notice.waitFor();
    expect(await page.getByRole('row').count()).toBeGreaterThan(1);
    await page.unroute(/\/api\/v1\/orders\/\?/);
    await notice.waitFor({ state: 'detached' });
  });

  test('what is printed is dark on white, whatever the screen shows', async () => {
    const { code } = await place('nafula');
    const page = await signIn('staff', `orders/${code}`);
    await page.getByRole('heading', { name: code }).waitFor();
    await page.evaluate("document.documentElement.dataset.theme = 'dark'");
    await page.emulateMedia({ media: 'print' });
    const ink = await page.evaluate("getComputedStyle(document.querySelector('.table .quiet')).color");
    expect(ink).toBe('rgb(89, 100, 95)');
  });

  test('who signs out is signed out by the issuer too, and asked again who they are', async () => {
    const page = await signIn('staff', 'orders');
    const ended = page.waitForRequest((request) => request.url().startsWith(`${service.url}/oidc/logout?`));
    await page.getByRole('button', { name: 'Staff' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    const { searchParams } = new URL((await ended).url());
    expect(searchParams.get('post_logout_redirect_uri')).toBe(`${service.url}/console/`);
    expect(searchParams.get('id_token_hint')).toMatch(/^ey/);
    await page.getByLabel('User name').waitFor();
    await page.goto(`${service.url}/console/orders`);
    await page.getByLabel('User name').waitFor();
  });

  test('it speaks Swahili to who wants it', async () => {
    const page = await signIn('staff', 'orders');
    await page.getByRole('button', { name: 'Staff' }).click();
    await page.getByRole('menuitem', { name: 'Kiswahili' }).click();
    await page.getByRole('heading', { name: 'Oda' }).waitFor();
    expect(await page.evaluate('document.documentElement.lang')).toBe('sw');
  });

  test.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 360],
    ['dark', 360],
  ] as const)('nothing serious is wrong with any page, %s and %d wide', async (colorScheme, width) => {
    const { code } = await place('zawadi');
    const page = await signIn('staff', '', { colorScheme, viewport: { width, height: 800 } });
    const paths = [
      '',
      'orders',
      `orders/${code}`,
      'products',
      'products/import',
      'customers',
      'messages',
      'reports',
      'audit',
    ];
    for (const path of paths) {
      await page.goto(`${service.url}/console/${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' });
      expect([path, await seriousViolations(page)]).toEqual([path, []]);
      expect([path, await overflowsSideways(page)]).toEqual([path, false]);
    }
  });
});
