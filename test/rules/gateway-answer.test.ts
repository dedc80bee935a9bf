// Owns the facts about what the SMS gateway's answers mean, however they are written down.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readGatewayAnswer } from '../../src/sending/gateway-answer.ts';

const to = '+254712345678';
const sms = { to, timeZone: 'Africa/Nairobi', now: new Date('2026-11-26T09:00:00Z') };
const read = (body: string, status = 201) => readGatewayAnswer({ status, retryAfter: null, body }, sms);
const about = (recipients: unknown, message?: unknown) =>
  read(
    JSON.stringify({ SMSMessageData: { ...(message !== undefined && { Message: message }), Recipients: recipients } }),
  );
const well = { statusCode: 101, number: to, status: 'Success', cost: 'KES 0.8000', messageId: 'ATPid_1' };
const { statusCode: _code, ...withoutCode } = well;
const { status: _status, ...withoutStatus } = well;
const { messageId: _id, ...withoutId } = well;

describe('what they say that they took is accepted', () => {
  test.each<[how: string, recipient: object]>([
    ['as documented', well],
    ['without a code', withoutCode],
    ['with the code as text', { ...well, statusCode: '101' }],
    ['with the code as text with a space', { ...well, statusCode: ' 102 ' }],
    ['with no code', { ...well, statusCode: null }],
    ['with a code of that class which is new', { ...well, statusCode: 103, status: 'Scheduled' }],
    ['without a status', withoutStatus],
    ['with neither code nor status', { number: to, messageId: 'ATPid_1' }],
    ['with a status that is new and no code', { ...withoutCode, status: 'Dispatched' }],
    ['with words for a status', { statusCode: null, status: 'Sent', messageId: null }],
    ['with a status in capitals', { status: 'SUCCESS', cost: 0 }],
    ['for nothing', { ...well, cost: 0 }],
    ['for nothing, as text', { ...well, cost: '0' }],
    ['at a price that is a number', { ...well, cost: 0.8 }],
    ['at no price', { ...well, cost: null }],
    ['at a price that nobody can read', { ...well, cost: { amount: 1 } }],
    ['without an id', withoutId],
    ['with no id', { ...well, messageId: null }],
    ['with None for an id', { ...well, messageId: 'None' }],
    ['with a number for an id', { ...well, messageId: 12_345 }],
    ['with an id and nothing else', { messageId: 'ATPid_1' }],
    ['with a price and nothing else', { cost: 'KES 0.8000' }],
    ['with a code that is new, under an id', { statusCode: 299, status: 'Newfangled', messageId: 'ATPid_1' }],
    ['with more than was asked for', { ...well, carrier: { name: 'x' }, retry: [] }],
  ])('%s', (_how, recipient) => {
    expect(about([recipient], 'Sent to 1/1 Total Cost: KES 0.8000').kind).toBe('accepted');
    expect(about([recipient]).kind).toBe('accepted');
    expect(about(recipient).kind).toBe('accepted');
  });

  test.each<[how: string, body: string]>([
    ['without recipients, counted', '{"SMSMessageData":{"Message":"Sent to 1/1 Total Cost: KES 0.8000"}}'],
    ['with an empty list, counted', '{"SMSMessageData":{"Message":"Sent to 1/1 Total Cost: 0","Recipients":[]}}'],
    ['with null for recipients, counted', '{"SMSMessageData":{"Message":"Sent to 1/1","Recipients":null}}'],
    ['with null for a recipient, counted', '{"SMSMessageData":{"Message":"Sent to 1/1","Recipients":[null]}}'],
    ['with an odd recipient, counted', '{"SMSMessageData":{"Message":"Sent to 1/1","Recipients":[{"status":[]}]}}'],
    ['in one word', '{"SMSMessageData":{"Message":"Queued","Recipients":[]}}'],
    ['in XML', '<AfricasTalkingResponse><SMSMessageData><Message>Sent to 1/1 Total Cost: KES 0.8</Message>'],
    ['in JSON that breaks off', '{"SMSMessageData":{"Message":"Sent to 1/1 Total Cost: KES 0.8000","Recip'],
  ])('%s', (_how, body) => {
    expect(read(body).kind).toBe('accepted');
  });

  test('whatever HTTP says', () => {
    for (const status of [200, 201, 202, 400, 401, 429, 500, 503]) {
      expect(read(JSON.stringify({ SMSMessageData: { Message: '', Recipients: [well] } }), status).kind).toBe(
        'accepted',
      );
    }
  });

  test('with its id and its price where there are any', () => {
    expect(about([well])).toEqual({
      ...{ kind: 'accepted', detail: '101 Success', providerId: 'ATPid_1' },
      cost: { currency: 'KES', amount: '0.8000' },
    });
    expect(about([{ ...well, cost: 0, messageId: null }])).toEqual({ kind: 'accepted', detail: '101 Success' });
  });

  test('also where others stand before ours', () => {
    expect(about([{ ...well, number: '+254700000000', statusCode: 403 }, well]).kind).toBe('accepted');
  });
});

describe('what they refused', () => {
  test.each<[how: string, recipient: object, kind: string]>([
    ['a wrong number', { statusCode: 403, status: 'InvalidPhoneNumber', messageId: 'None' }, 'permanent'],
    ['with no id', { statusCode: 403, status: 'InvalidPhoneNumber', messageId: null }, 'permanent'],
    ['with a code as text', { statusCode: '403', status: 'InvalidPhoneNumber', messageId: null, cost: 0 }, 'permanent'],
    ['with a code alone', { statusCode: 404 }, 'permanent'],
    ['in words alone', { status: 'Could Not Send', messageId: 'None', cost: '0' }, 'permanent'],
    ['in words with no id', { status: 'Could Not Send', messageId: null }, 'permanent'],
    ['in words with spaces', { status: 'Invalid Phone Number' }, 'permanent'],
    ['in a word', { status: 'Failed' }, 'permanent'],
    ['on a blacklist, without a code', { status: 'UserInBlackList', messageId: null }, 'permanent'],
    ['for want of credit, without a code', { status: 'InsufficientBalance' }, 'blocked'],
    ['for the sender, without a code', { status: 'InvalidSenderId' }, 'blocked'],
    ['for now, without a code', { status: 'CouldNotRoute' }, 'retry'],
    ['for a fault of theirs, without a code', { status: 'Internal Server Error' }, 'retry'],
    ['with a code that is new', { statusCode: 599, status: 'Newfangled', messageId: 'None' }, 'retry'],
    ['with words that are new, and no id', { status: 'Newfangled', messageId: 'None', cost: '0' }, 'retry'],
  ])('%s: is %s', (_how, recipient, kind) => {
    expect(about([{ number: to, ...recipient }], 'Sent to 0/1 Total Cost: 0').kind).toBe(kind);
    expect(about([{ number: to, ...recipient }]).kind).toBe(kind);
  });

  test('a blacklisted number has opted out, also where only words say so', () => {
    for (const recipient of [{ statusCode: 406 }, { statusCode: '406' }, { status: 'User In Blacklist' }]) {
      expect(about([recipient])).toMatchObject({ kind: 'permanent', isOptOut: true });
    }
  });

  test.each([
    ['InvalidSenderId', 'blocked'],
    ['Invalid Sender ID', 'blocked'],
    ['Insufficient Balance', 'blocked'],
    ['Sent to 0/1 Total Cost: 0', 'retry'],
    ['Oops', 'retry'],
  ])('as a whole: %s is %s', (message, kind) => {
    for (const recipients of [[], null, undefined, [null]]) expect(about(recipients, message).kind).toBe(kind);
  });
});

test.each([
  '',
  'null',
  '[]',
  '{}',
  '7',
  '"sent"',
  '{"SMSMessageData":null}',
  '{"SMSMessageData":[]}',
  '{"SMSMessageData":{"Recipients":[{}]}}',
  '<html>',
])('an answer that says nothing is ambiguous: %s', (body) => expect(read(body).kind).toBe('ambiguous'));

test('an answer that is cut inside a character can be written down', () => {
  for (const before of ['', 'x']) {
    expect(read(`${before}${'😀'.repeat(600)}`).kind).toBe('ambiguous');
    expect(read(`${before}${'😀'.repeat(600)}`).detail.isWellFormed()).toBe(true);
  }
});

test.each(['AT\ud83d', 'A\0T', '\ude00AT', `${'A'.repeat(999)}😀`])(
  'an id that no database holds is none',
  (messageId) => {
    const outcome = about([{ ...well, messageId }]);
    expect(outcome.kind).toBe('accepted');
    expect(outcome).not.toHaveProperty('providerId');
  },
);

test('an answer of whatever shape is read without failing, into few words without whole numbers', () => {
  const field = fc.oneof(
    fc.jsonValue(),
    fc.string({ unit: 'binary' }),
    fc.integer({ min: 0, max: 700 }),
    fc.constant(to),
  );
  const recipient = fc.record(
    { statusCode: field, status: field, cost: field, messageId: field, number: field },
    { requiredKeys: [] },
  );
  const data = fc.record(
    { Message: field, Recipients: fc.oneof(fc.array(recipient, { maxLength: 3 }), field) },
    { requiredKeys: [] },
  );
  const status = fc.constantFrom(200, 201, 302, 400, 401, 429, 500);
  fc.assert(
    fc.property(data, status, (SMSMessageData, http) => {
      const { detail } = read(JSON.stringify({ SMSMessageData }), http);
      expect(detail.length).toBeLessThanOrEqual(250);
      expect(detail).not.toMatch(/\d{7}/);
      expect(detail.isWellFormed()).toBe(true);
    }),
  );
});

test('whatever is left out or written otherwise, an SMS with a good code is never sent again, and one refused for good neither', () => {
  const odd = fc.constantFrom<unknown>(undefined, null, 0, '0', '', 'None', 'KES 0.8000', 0.8, 'ATPid_1', true, [], {});
  const good = fc.constantFrom<unknown>(100, 101, 102, '100', '101', '102');
  const bad = fc.constantFrom<unknown>(403, 404, 406, 502, '403', '404', '406', '502');
  fc.assert(
    fc.property(good, bad, odd, odd, odd, odd, (accepted, refused, status, cost, messageId, message) => {
      expect(about([{ statusCode: accepted, status, cost, messageId }], message).kind).toBe('accepted');
      expect(about([{ statusCode: refused, status, cost, messageId }], message).kind).toBe('permanent');
    }),
  );
});
