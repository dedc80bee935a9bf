// Owns the facts about how the stand-in for Africa's Talking misbehaves when it is told to, and about telling it.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type StandIns, sms, startStandIns } from '../support/sandbox.ts';

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
const messages = async () => (await world.get(`/sandbox/messages`)).json();

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

it('tells what is left on the account to those who know its key, and is down for them too', async () => {
  const ask = (headers = {}) =>
    fetch(`${world.url}/sandbox/africas-talking/version1/user?username=sandbox`, { headers });
  const answer = await ask({ apiKey: 'test-key' });
  expect(await answer.json()).toEqual({ UserData: { balance: 'KES 1000.0000' } });
  expect((await ask()).status).toBe(401);
  await world.send('POST', '/sandbox/faults', { sms: { http_status: 503 } });
  expect((await ask({ apiKey: 'test-key' })).status).toBe(503);
});
