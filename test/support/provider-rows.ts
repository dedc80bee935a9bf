// Owns the table of what a provider does against what the ledger says, as docs/messages.md has it, and the answers it is made of.

import type { ServerResponse } from 'node:http';
import { recipient, type Sent } from './gateway.ts';

export type Answer = (response: ServerResponse, sent: Sent) => void;

export interface Row {
  /** What the provider does, once for each attempt. */
  does: string;
  answers: Answer[];
  /** To a number in Nigeria. */
  nigeria?: boolean;
  status: 'sent' | 'failed' | 'queued';
  outcomes: string;
  /** A part of the reason in the ledger. */
  reason: string;
  /** When it is tried again, in seconds: at least and at most. */
  again?: [number, number];
  ambiguous?: boolean;
  paused?: 'until one message finds out' | 'until staff resume it';
}

export const minute = 60;
export const text =
  (status: number, body: string, headers = {}): Answer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(body);
const refusal = (message: string): Answer =>
  text(201, JSON.stringify({ SMSMessageData: { Message: message, Recipients: [] } }));
/** About one recipient, in another shape than documented. */
const shaped =
  (fields: object): Answer =>
  (response, { to }) =>
    void response
      .writeHead(201, { 'content-type': 'application/json' })
      .end(JSON.stringify({ SMSMessageData: { Recipients: [{ number: to, ...fields }] } }));
const hangUp: Answer = (response) => void response.destroy();
const brokenOff: Answer = (response) => {
  response.writeHead(201, { 'content-length': '500' });
  response.write('{"SMSMessageData":');
  setImmediate(() => response.destroy());
};
export const silence: Answer = () => undefined;
export const drip: Answer = (response) => {
  response.writeHead(201);
  const timer = setInterval(() => response.write(' '), 500);
  response.on('close', () => clearInterval(timer));
};

const permanent = { status: 'failed', outcomes: 'permanent' } as const;
const backedOff = { status: 'queued', outcomes: 'retry', again: [1, 2] } as const satisfies Partial<Row>;
const blocked = { status: 'queued', outcomes: 'blocked' } as const;
const byProbe = 'until one message finds out';
export const byStaff = 'until staff resume it';
export const well = recipient(101, 'Success');

export const providerRows: Row[] = [
  {
    does: '100 Processed',
    answers: [recipient(100, 'Processed')],
    status: 'sent',
    outcomes: 'accepted',
    reason: '100',
  },
  { does: '101 Sent', answers: [well], status: 'sent', outcomes: 'accepted', reason: '101' },
  { does: '102 Queued', answers: [recipient(102, 'Queued')], status: 'sent', outcomes: 'accepted', reason: '102' },
  {
    does: 'Success without a code, for nothing',
    answers: [shaped({ status: 'Success', cost: 0, messageId: 'ATPid_shaped_1' })],
    ...{ status: 'sent', outcomes: 'accepted', reason: 'Success' },
  },
  {
    does: 'A code as text, without an id',
    answers: [shaped({ statusCode: '101', status: 'Success', messageId: null })],
    ...{ status: 'sent', outcomes: 'accepted', reason: '101' },
  },
  {
    does: 'Neither code nor word, but an id, a price or a count of one',
    answers: [shaped({ cost: 'KES 0.8000' })],
    ...{ status: 'sent', outcomes: 'accepted', reason: '' },
  },
  {
    does: '403 without an id',
    answers: [shaped({ statusCode: 403, status: 'InvalidPhoneNumber', messageId: null })],
    ...permanent,
    reason: '403',
  },
  {
    does: 'Could Not Send, without a code',
    answers: [shaped({ status: 'Could Not Send', messageId: 'None' })],
    ...permanent,
    reason: 'Could Not Send',
  },
  { does: '403 Invalid number', answers: [recipient(403, 'InvalidPhoneNumber')], ...permanent, reason: '403' },
  { does: '404 Unsupported number', answers: [recipient(404, 'UnsupportedNumberType')], ...permanent, reason: '404' },
  { does: '406 Blacklisted', answers: [recipient(406, 'UserInBlacklist')], ...permanent, reason: '406' },
  { does: '502 Rejected by the gateway', answers: [recipient(502, 'RejectedByGateway')], ...permanent, reason: '502' },
  {
    does: '407 Could not route',
    ...{ answers: [recipient(407, 'CouldNotRoute')], status: 'queued', outcomes: 'retry', reason: '407' },
    again: [10 * minute, 11 * minute],
  },
  {
    does: '407 Could not route, twice',
    answers: [recipient(407, 'CouldNotRoute'), recipient(407, 'CouldNotRoute')],
    ...{ status: 'failed', outcomes: 'retry, retry', reason: '2 times' },
  },
  {
    does: '409 Do not disturb, at night',
    ...{ answers: [recipient(409, 'DoNotDisturbRejection')], nigeria: true, status: 'queued', outcomes: 'retry' },
    // From half past nine in the evening, when the test's clock starts, to eight in the morning, and a tenth at most.
    ...{ reason: '409', again: [10 * 60 * minute, 11.6 * 60 * minute] },
  },
  { does: '500 Internal error', answers: [recipient(500, 'InternalServerError')], ...backedOff, reason: '500' },
  { does: '501 Gateway error', answers: [recipient(501, 'GatewayError')], ...backedOff, reason: '501' },
  { does: 'A code that is new', answers: [recipient(599, 'Newfangled')], ...backedOff, reason: '599' },
  {
    does: '500 Internal error, then well',
    ...{ answers: [recipient(500, 'InternalServerError'), well], status: 'sent' },
    ...{ outcomes: 'retry, accepted', reason: '101' },
  },
  {
    does: 'HTTP 429 that says when to come again',
    ...{ answers: [text(429, 'slow down', { 'retry-after': '30' })], status: 'queued', outcomes: 'unavailable' },
    ...{ reason: 'HTTP 429', again: [30, 33] },
  },
  {
    does: 'HTTP 503',
    ...{
      answers: [text(503, 'maintenance')],
      status: 'queued',
      outcomes: 'unavailable',
      reason: 'HTTP 503',
      again: [1, 2],
    },
  },
  {
    does: 'HTTP 400 in plain text',
    ...{ answers: [text(400, 'Request is missing required form field')], ...backedOff, reason: 'missing required' },
  },
  {
    does: 'The connection ends without an answer',
    ...{
      answers: [hangUp],
      status: 'queued',
      outcomes: 'ambiguous',
      reason: 'no answer',
      again: [7, 15],
      ambiguous: true,
    },
  },
  {
    does: 'The answer breaks off',
    ...{ answers: [brokenOff, well], status: 'sent', outcomes: 'ambiguous, accepted', reason: '101', ambiguous: true },
  },
  {
    does: 'HTTP 201 with something else than was asked for, twice',
    ...{ answers: [text(201, '<html>'), text(201, '{"a":1}')], status: 'failed', outcomes: 'ambiguous, ambiguous' },
    ...{ reason: 'it may have arrived', ambiguous: true },
  },
  {
    does: 'HTTP 201 with an endless answer',
    ...{ answers: [text(201, '['.repeat(100_000))], status: 'queued', outcomes: 'ambiguous', reason: 'HTTP 201' },
    ...{ again: [7, 15], ambiguous: true },
  },
  { does: '401 Risk hold', answers: [recipient(401, 'RiskHold')], ...blocked, reason: '401', paused: byStaff },
  {
    does: '402 Invalid sender',
    answers: [recipient(402, 'InvalidSenderId')],
    ...blocked,
    reason: '402',
    paused: byStaff,
  },
  {
    does: '405 No credit',
    answers: [recipient(405, 'InsufficientBalance')],
    ...blocked,
    reason: '405',
    paused: byProbe,
  },
  {
    does: 'HTTP 201 without recipients: InvalidSenderId',
    ...{ answers: [refusal('InvalidSenderId')], ...blocked, reason: 'InvalidSenderId', paused: byStaff },
  },
  { does: 'HTTP 201 without recipients, of whatever else', answers: [refusal('Oops')], ...backedOff, reason: 'Oops' },
  {
    does: 'HTTP 401 in plain text',
    ...{ answers: [text(401, 'The supplied authentication is invalid')], ...blocked, paused: byProbe },
    reason: 'authentication is invalid',
  },
  {
    does: 'A redirect',
    ...{ answers: [text(302, '', { location: '/elsewhere' })], ...blocked, reason: 'HTTP 302', paused: byProbe },
  },
];
