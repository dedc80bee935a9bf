// Owns the facts about the stand-in for Africa's Talking: its answers, the messages it keeps, and what it calls back.

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

it('keeps each of 1,000 messages that twenty senders hand it side by side', async () => {
  const count = 1_000;
  const lanes = Array.from({ length: 20 }, async () => {
    for (let index = 0; index < count / 20; index++) await (await send()).arrayBuffer();
  });
  await Promise.all(lanes);
  expect(await messages()).toHaveLength(count);
});
