// Owns the facts about the mail stand-in, over real SMTP, and about the page that shows it.

import { createTransport } from 'nodemailer';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { freePort } from '../../src/local-database/local-postgres.ts';
import { type StandIns, startStandIns } from '../support/sandbox.ts';

let world: StandIns;

beforeAll(async () => {
  world = await startStandIns();
});
beforeEach(() => world.send('DELETE', '/sandbox/emails'));
afterEach(() => world.send('DELETE', '/sandbox/faults'));
afterAll(() => world.stop());

const mail = { from: 'Agizo <orders@agizo.test>', to: 'admin@agizo.test', subject: 'New order Ⓐ', text: 'Two kettles' };
const html = '<h1>Two kettles</h1><script>alert(1)</script>';
const emails = async (query = '') => (await world.get(`/sandbox/emails${query}`)).json();
const faults = (fault: unknown) => world.send('POST', '/sandbox/faults', { mail: fault });

async function send(more: Record<string, unknown> = {}) {
  const transport = createTransport(world.sandbox.smtpUrl);
  try {
    return await transport.sendMail({ ...mail, ...more });
  } finally {
    transport.close();
  }
}

describe('the inbox', () => {
  it('holds what was sent', async () => {
    await send({ html });
    expect(await emails()).toEqual([
      {
        id: expect.any(String),
        to: 'admin@agizo.test',
        from: 'Agizo <orders@agizo.test>',
        subject: 'New order Ⓐ',
        text: 'Two kettles',
        html,
        received_at: expect.stringMatching(/Z$/),
      },
    ]);
  });

  it('lists the newest first, and by recipient', async () => {
    await send({ to: 'a+x@agizo.test, b@agizo.test', subject: 'one' });
    await send({ to: 'b@agizo.test', subject: 'two' });
    const subjects = async (to: string) => (await emails(`?to=${to}`)).map((each: { subject: string }) => each.subject);
    expect(await subjects('b@agizo.test')).toEqual(['two', 'one']);
    expect(await subjects('A+x@Agizo.test')).toEqual(['one']);
    expect(await subjects('x@agizo.test')).toEqual([]);
    expect((await emails())[1].to).toBe('a+x@agizo.test, b@agizo.test');
    expect((await emails())[0].html).toBeNull();
  });

  it('shows HTML only where it can do nothing', async () => {
    await send({ html });
    const [{ id }] = await emails();
    const answer = await world.get(`/sandbox/emails/${id}/html`);
    expect(answer.headers.get('content-security-policy')).toContain(
      "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'",
    );
    expect(await answer.text()).toContain(html);
    expect((await world.get('/sandbox/emails/unknown/html')).status).toBe(404);
  });
});

describe('mail faults', () => {
  it.each([
    ['mail_from', 451],
    ['rcpt_to', 452],
    ['data', 554],
  ])('refuse at %s with %i', async (stage, reply_code) => {
    await faults({ stage, reply_code, times: 1 });
    await expect(send()).rejects.toMatchObject({ responseCode: reply_code });
    expect(await emails()).toEqual([]);
    await send();
    expect(await emails()).toHaveLength(1);
  });

  it('bounce one recipient and not the other', async () => {
    await faults({ recipients: ['Gone@agizo.test'] });
    const info = await send({ to: 'gone@agizo.test, admin@agizo.test' });
    expect(info.accepted).toEqual(['admin@agizo.test']);
    expect(info.rejected).toEqual(['gone@agizo.test']);
    expect((await emails())[0].to).toBe('admin@agizo.test');
    await expect(send({ to: 'gone@agizo.test' })).rejects.toMatchObject({ responseCode: 550 });
  });

  it('refuse connections, those that are open too', async () => {
    const pooled = createTransport({ url: world.sandbox.smtpUrl, pool: true, maxConnections: 1 });
    await pooled.sendMail(mail);
    await faults({ refuse_connections: true });
    await expect(pooled.sendMail(mail)).rejects.toThrow();
    await expect(send()).rejects.toThrow();
    pooled.close();
    expect(await emails()).toHaveLength(1);
    await world.send('DELETE', '/sandbox/faults');
    await send();
    expect(await emails()).toHaveLength(2);
  });

  it('are slow', async () => {
    await faults({ delay_ms: 200 });
    const startedMs = performance.now();
    await send();
    expect(performance.now() - startedMs).toBeGreaterThan(190);
  });
});

test('mail from other machines is taken on the port that it was told', async () => {
  const smtpPort = await freePort();
  const other = await startStandIns({ smtpPort });
  try {
    expect(other.sandbox.smtpUrl).toBe(`smtp://127.0.0.1:${smtpPort}`);
    // All addresses of this machine, not the loopback one alone: 127.0.0.2 stands for the others.
    const transport = createTransport(`smtp://127.0.0.2:${smtpPort}`);
    await transport.sendMail(mail);
    transport.close();
    expect(await (await other.get('/sandbox/emails')).json()).toMatchObject([{ subject: mail.subject }]);
  } finally {
    await other.stop();
  }
});

describe('the page', () => {
  it('is served with its files, and runs nothing from anywhere else', async () => {
    for (const path of ['/sandbox/', '/sandbox']) {
      const answer = await world.get(path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
      const page = await answer.text();
      const files = [...page.matchAll(/(?:src|href)="(\/sandbox\/page\/[^"]+)"/g)].map(([, file]) => file ?? '');
      expect(files.length).toBeGreaterThan(3);
      for (const file of files) expect((await world.get(file)).status).toBe(200);
      expect(page).not.toMatch(/<script(?![^>]* src=)|<style| style=| on\w+=/);
    }
  });

  it('hears of news', async () => {
    const stream = await world.get('/sandbox/events');
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    await world.send('POST', '/sandbox/messages', { from: '+254712345678', text: 'Hello' });
    await send();
    let heard = '';
    while (!/event: messages[^]*event: emails/.test(heard)) {
      const { value, done } = (await reader?.read()) ?? { value: '', done: true };
      if (done) break;
      heard += value;
    }
    expect(heard).toMatch(/event: messages[^]*event: emails/);
    await reader?.cancel();
  });
});
