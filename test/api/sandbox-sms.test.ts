// Owns the facts about the stand-in for Africa's Talking: its answers, what it calls back, and how it misbehaves.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CalledBack, type StandIns, sms, startStandIns } from '../support/sandbox.ts';
import { eventually } from '../support/service.ts';

const phone = '+254712345678';
let world: StandIns;

beforeAll(async () => {
  world = await startStandIns();
});
beforeEach(() => world.send('DELETE', '/sandbox/messages'));
afterEach(() => world.send('DELETE', '/sandbox/faults'));
afterAll(() => world.stop());

interface Gateway {
  SMSMessageData: { Message: string; Recipients: { statusCode: number; status: string; messageId: string }[] };
}

const fields = { username: sms.username, to: phone, message: 'Hello', from: sms.shortcode, bulkSMSMode: '1' };
const messaging = '/sandbox/africas-talking/version1/messaging';
const send = (more: Record<string, string> = {}, apiKey = sms.apiKey) =>
  world.post(messaging, { ...fields, ...more }, { apiKey, accept: 'application/json' });
const sent = async (more: Record<string, string> = {}): Promise<Gateway> => (await send(more)).json();
const faults = (body: unknown) => world.send('POST', '/sandbox/faults', body);
const messages = async (query = '') => (await world.get(`/sandbox/messages${query}`)).json();

/** The reports of a message, once there are as many as expected. */
function reportsOf(id: string, count: number): Promise<CalledBack[]> {
  return eventually(`${count} delivery reports of ${id}`, () => {
    const reports = world.calledBack.filter(({ form }) => form['id'] === id);
    return reports.length >= count ? reports : undefined;
  });
}

describe('messaging', () => {
  it('answers as documented', async () => {
    const answer = await send();
    expect(answer.status).toBe(201);
    expect(await answer.json()).toEqual({
      SMSMessageData: {
        Message: 'Sent to 1/1 Total Cost: KES 0.8000',
        Recipients: [
          {
            statusCode: 101,
            number: phone,
            status: 'Success',
            cost: 'KES 0.8000',
            messageId: expect.stringMatching(/^ATPid_[0-9a-f]{32}$/),
          },
        ],
      },
    });
  });

  it('splits recipients at the comma; one that is no number has no message', async () => {
    const { SMSMessageData: answer } = await sent({ to: `${phone}, +1234567890,0712345678` });
    expect(answer.Message).toBe('Sent to 2/3 Total Cost: KES 1.6000');
    expect(answer.Recipients[2]).toEqual({
      statusCode: 403,
      number: '0712345678',
      status: 'InvalidPhoneNumber',
      cost: '0',
      messageId: 'None',
    });
    expect(await messages()).toHaveLength(2);
  });

  it.each([
    ['160 letters', 'a'.repeat(160), '0.8000'],
    ['161 letters', 'a'.repeat(161), '1.6000'],
    ['81 euro signs, two septets each', '€'.repeat(81), '1.6000'],
    ['70 Cyrillic letters', 'ж'.repeat(70), '0.8000'],
    ['71 Cyrillic letters', 'ж'.repeat(71), '1.6000'],
    ['36 emoji, two units each', '😀'.repeat(36), '1.6000'],
  ])('charges for each segment: %s', async (_what, message, cost) => {
    expect((await sent({ message })).SMSMessageData.Message).toBe(`Sent to 1/1 Total Cost: KES ${cost}`);
  });

  it('refuses another sender with nobody sent to', async () => {
    const answer = await send({ from: '99999' });
    expect(answer.status).toBe(201);
    expect(await answer.json()).toEqual({ SMSMessageData: { Message: 'InvalidSenderId', Recipients: [] } });
    expect(await messages()).toEqual([]);
  });

  it.each([
    ['a wrong key', {}, 'wrong', 401, 'The supplied authentication is invalid'],
    ['another user name', { username: 'somebody' }, sms.apiKey, 401, 'The supplied authentication is invalid'],
    ['nobody to send to', { to: '' }, sms.apiKey, 400, "Request is missing required form field 'to'"],
    ['no message', { message: '' }, sms.apiKey, 400, "Request is missing required form field 'message'"],
  ])('refuses %s in plain text', async (_what, more, apiKey, status, text) => {
    const answer = await send(more, apiKey);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(await answer.text()).toBe(text);
  });

  it('refuses JSON', async () => {
    expect((await world.send('POST', messaging, fields)).status).toBe(415);
  });
});

describe('messages', () => {
  it('are listed newest first, by phone however it is written', async () => {
    await send({ message: 'one' });
    await send({ to: '+254700000001', message: 'elsewhere' });
    await send({ message: 'two' });
    for (const written of [encodeURIComponent(phone), phone, '0712345678', '0712 345 678']) {
      const found = await messages(`?phone=${written}`);
      expect(found.map(({ text }: { text: string }) => text)).toEqual(['two', 'one']);
    }
    expect(await messages('?limit=1')).toHaveLength(1);
    expect((await messages())[0]).toEqual({
      id: expect.stringContaining('ATPid_'),
      to: phone,
      from: sms.shortcode,
      text: 'two',
      sent_at: expect.stringMatching(/Z$/),
      status: expect.stringMatching(/^(sent|delivered)$/),
    });
  });

  it('only the newest are kept', async () => {
    const small = await startStandIns({ keep: 3 });
    for (const text of ['1', '2', '3', '4', '5', '6', '7']) {
      await small.send('POST', '/sandbox/messages', { from: phone, text });
    }
    const kept = await (await small.get('/sandbox/messages')).json();
    expect(kept.map(({ text }: { text: string }) => text)).toEqual(['7', '6', '5']);
    await small.stop();
  });

  it.each(['hello', '+0', '12'])('"%s" is no phone number', async (written) => {
    expect((await world.get(`/sandbox/messages?phone=${encodeURIComponent(written)}`)).status).toBe(400);
  });

  it('a text from a phone reaches the service', async () => {
    const answer = await world.send('POST', '/sandbox/messages', { from: '0712345678', text: 'STATUS' });
    expect(answer.status).toBe(201);
    const message = await answer.json();
    expect(message).toMatchObject({ from: phone, to: sms.shortcode, text: 'STATUS', status: 'received' });
    const [incoming] = await reportsOf(message.id, 1);
    expect(incoming).toEqual({
      path: '/callbacks/incoming',
      form: {
        id: message.id,
        date: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
        from: phone,
        to: sms.shortcode,
        text: 'STATUS',
        linkId: message.id,
        cost: '0',
        networkCode: '63902',
      },
    });
  });

  it('a phone that has opted out gets nothing until it opts in', async () => {
    const before = world.calledBack.length;
    await world.send('POST', '/sandbox/opt-outs', { phone });
    const called = await eventually('the opt-out', () =>
      world.calledBack.slice(before).find(({ path }) => path === '/callbacks/opt-out'),
    );
    expect(called.form).toEqual({ senderId: sms.shortcode, phoneNumber: phone });
    expect((await sent()).SMSMessageData.Recipients[0]).toMatchObject({ statusCode: 406, messageId: 'None' });
    await world.send('DELETE', `/sandbox/opt-outs?phone=${encodeURIComponent(phone)}`);
    expect((await sent()).SMSMessageData.Recipients[0]?.statusCode).toBe(101);
  });
});

const deliver = async (fault?: unknown, count = 2) => {
  if (fault) await faults({ delivery_reports: fault });
  const id = (await sent()).SMSMessageData.Recipients[0]?.messageId ?? '';
  const reports = await reportsOf(id, count);
  const [message] = await messages();
  return { id, reports, statuses: reports.map(({ form }) => form['status']), message };
};

describe('delivery reports', () => {
  it('come in order, and the phone shows the message as delivered', async () => {
    const { id, reports, message } = await deliver();
    const form = { id, phoneNumber: phone, networkCode: '63902', retryCount: '0' };
    expect(reports).toEqual([
      { path: '/callbacks/delivery', form: { ...form, status: 'Sent' } },
      { path: '/callbacks/delivery', form: { ...form, status: 'Success' } },
    ]);
    expect(message.status).toBe('delivered');
  });

  it('come reversed', async () => {
    const { statuses } = await deliver({ statuses: ['Success', 'Sent'] });
    expect(statuses).toEqual(['Success', 'Sent']);
  });

  it('come twice', async () => {
    const { statuses } = await deliver({ statuses: ['Sent', 'Success', 'Sent', 'Success'] }, 4);
    expect(statuses).toEqual(['Sent', 'Success', 'Sent', 'Success']);
  });

  it('come late, and until then the message is on its way', async () => {
    const startedMs = performance.now();
    await faults({ delivery_reports: { delay_ms: 300 } });
    const id = (await sent()).SMSMessageData.Recipients[0]?.messageId ?? '';
    expect((await messages())[0].status).toBe('sent');
    await reportsOf(id, 2);
    expect(performance.now() - startedMs).toBeGreaterThan(290);
  });

  it('tell of a failure and its reason', async () => {
    const { reports, message } = await deliver({ statuses: ['Sent', 'Failed'], failure_reason: 'UserInactive' });
    expect(reports[0]?.form).not.toHaveProperty('failureReason');
    expect(reports[1]?.form).toMatchObject({ status: 'Failed', failureReason: 'UserInactive' });
    expect(message.status).toBe('failed');
  });

  it('the first final one is what became of the message', async () => {
    const { message } = await deliver({ statuses: ['Success', 'Failed'] });
    expect(message.status).toBe('delivered');
  });

  it('never come', async () => {
    await faults({ delivery_reports: { statuses: [], times: 1 } });
    const silent = (await sent()).SMSMessageData.Recipients[0]?.messageId;
    const next = (await sent()).SMSMessageData.Recipients[0]?.messageId ?? '';
    await reportsOf(next, 2);
    expect(world.calledBack.filter(({ form }) => form['id'] === silent)).toEqual([]);
  });
});

/** The code of each of 200 recipients, of whom three in ten fail. */
const codesOfRun = async (seed: number) => {
  await faults({ sms: { status_code: 501, share: 0.3, seed } });
  const to = Array.from({ length: 200 }, (_, index) => `+2547000${10_000 + index}`).join(',');
  return (await sent({ to })).SMSMessageData.Recipients.map(({ statusCode }) => statusCode);
};

describe('faults', () => {
  it.each([
    [401, 'RiskHold'],
    [402, 'InvalidSenderId'],
    [403, 'InvalidPhoneNumber'],
    [404, 'UnsupportedNumberType'],
    [405, 'InsufficientBalance'],
    [406, 'UserInBlacklist'],
    [407, 'CouldNotRoute'],
    [409, 'DoNotDisturbRejection'],
    [500, 'InternalServerError'],
    [501, 'GatewayError'],
    [502, 'RejectedByGateway'],
  ])('recipients fail with %i %s', async (status_code, status) => {
    await faults({ sms: { status_code } });
    const answer = await send();
    expect(answer.status).toBe(201);
    expect((await answer.json()).SMSMessageData).toEqual({
      Message: 'Sent to 0/1 Total Cost: 0',
      Recipients: [{ statusCode: status_code, number: phone, status, cost: '0', messageId: 'None' }],
    });
    expect(await messages()).toEqual([]);
  });

  it.each([100, 102])('code %i is an acceptance', async (status_code) => {
    await faults({ sms: { status_code } });
    expect((await sent()).SMSMessageData.Recipients[0]).toMatchObject({ statusCode: status_code, status: 'Success' });
    expect(await messages()).toHaveLength(1);
  });

  it('the HTTP status and the text are what they are told to be', async () => {
    await faults({ sms: { http_status: 429, text: 'Slow down' } });
    const answer = await send();
    expect([answer.status, await answer.text()]).toEqual([429, 'Slow down']);
    await faults({ sms: { text: '<html>proxy error' } });
    const broken = await send();
    expect([broken.status, await broken.text()]).toEqual([201, '<html>proxy error']);
  });

  it('a refusal has no recipients', async () => {
    await faults({ sms: { refusal: 'InsufficientBalance' } });
    expect(await sent()).toEqual({ SMSMessageData: { Message: 'InsufficientBalance', Recipients: [] } });
  });

  it.each([
    ['lost', 0],
    ['sent', 1],
  ])('no answer comes, and the message is %s', async (timeout, count) => {
    await faults({ sms: { timeout, times: 1 } });
    const headers = { apiKey: sms.apiKey };
    const signal = AbortSignal.timeout(300);
    const request = fetch(world.url + messaging, {
      method: 'POST',
      headers,
      body: new URLSearchParams(fields),
      signal,
    });
    await expect(request).rejects.toThrow('timeout');
    expect(await messages()).toHaveLength(count);
    expect((await send()).status).toBe(201);
  });

  it('an answer is slow', async () => {
    await faults({ sms: { delay_ms: 200 } });
    const startedMs = performance.now();
    await send();
    expect(performance.now() - startedMs).toBeGreaterThan(190);
  });

  it('only so many are hit, and what is left can be read', async () => {
    await faults({ sms: { status_code: 501, times: 2 } });
    await send();
    expect(await (await world.get('/sandbox/faults')).json()).toEqual({
      sms: { status_code: 501, times: 1 },
      delivery_reports: null,
      mail: null,
      issuer: null,
    });
    const { SMSMessageData } = await sent({ to: `${phone},+254700000001,+254700000002` });
    expect(SMSMessageData.Recipients.map(({ statusCode }) => statusCode)).toEqual([501, 101, 101]);
    expect((await (await world.get('/sandbox/faults')).json()).sms).toBeNull();
  });

  it('a share is hit, the same ones for the same seed', async () => {
    const first = await codesOfRun(7);
    const hit = first.filter((code) => code === 501).length;
    expect(hit).toBeGreaterThan(40);
    expect(hit).toBeLessThan(80);
    expect(await codesOfRun(7)).toEqual(first);
    expect(await codesOfRun(8)).not.toEqual(first);
  });

  it('setting one stand-in leaves the others, an empty one ends its faults, DELETE ends all', async () => {
    await faults({ sms: { status_code: 501 }, mail: { reply_code: 451 } });
    await faults({ issuer: { delay_ms: 5 } });
    expect(await (await faults({ sms: {} })).json()).toEqual({
      sms: null,
      delivery_reports: null,
      mail: { reply_code: 451 },
      issuer: { delay_ms: 5 },
    });
    expect((await world.send('DELETE', '/sandbox/faults')).status).toBe(204);
    expect(Object.values(await (await world.get('/sandbox/faults')).json())).toEqual([null, null, null, null]);
  });

  it.each([
    ['nothing', {}, ''],
    ['an unknown stand-in', { fax: {} }, '/fax'],
    ['an unknown field', { sms: { color: 'red' } }, '/sms/color'],
    ['an unknown code', { sms: { status_code: 418 } }, '/sms/status_code'],
    ['a number as text', { sms: { delay_ms: '5' } }, '/sms/delay_ms'],
    ['a share over one', { sms: { share: 1.5 } }, '/sms/share'],
    ['two ways at once', { sms: { status_code: 405, timeout: 'lost' } }, '/sms'],
    ['a reply on a refused connection', { mail: { refuse_connections: true, reply_code: 451 } }, '/mail'],
    ['an unknown report', { delivery_reports: { statuses: ['Eaten'] } }, '/delivery_reports/statuses/0'],
  ])('%s is refused', async (_what, body, pointer) => {
    const answer = await faults(body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect((await answer.json()).errors[0].pointer).toBe(pointer);
    expect(Object.values(await (await world.get('/sandbox/faults')).json())).toEqual([null, null, null, null]);
  });
});

it('keeps each of 1,000 messages that twenty senders hand it side by side', async () => {
  const count = 1_000;
  const lanes = Array.from({ length: 20 }, async () => {
    for (let index = 0; index < count / 20; index++) await (await send()).arrayBuffer();
  });
  await Promise.all(lanes);
  expect(await messages()).toHaveLength(count);
});

it('tells what is left on the account to those who know its key, and is down for them too', async () => {
  const ask = (headers = {}) =>
    fetch(`${world.url}/sandbox/africas-talking/version1/user?username=sandbox`, { headers });
  const answer = await ask({ apiKey: 'test-key' });
  expect(await answer.json()).toEqual({ UserData: { balance: 'KES 1000.0000' } });
  expect((await ask()).status).toBe(401);
  await world.send('POST', '/sandbox/faults', { sms: { http_status: 503 } });
  expect((await ask({ apiKey: 'test-key' })).status).toBe(503);
});
