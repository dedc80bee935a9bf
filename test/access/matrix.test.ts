// Owns the facts about who may call what: every operation in the OpenAPI document, requested by every kind of caller.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { permissions } from '../../src/identity/identity.ts';
import { audience, newSigningKey, startIssuer, type TestIssuer, trusting } from '../support/issuer.ts';
import { type Service, startService } from '../support/service.ts';
import { type Access, mayCall } from './who-may.ts';

const methods = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;

interface Operation {
  id: string;
  method: (typeof methods)[number];
  path: string;
  needsToken: boolean;
}

type Caller =
  | 'nobody'
  | 'a customer'
  | 'a machine without the permission'
  | 'a machine with the permission'
  | 'staff with the permission'
  | 'staff with every other permission';

const callers: Caller[] = [
  'nobody',
  'a customer',
  'a machine without the permission',
  'a machine with the permission',
  'staff with the permission',
  'staff with every other permission',
];

/** What is no token of ours, all rights in it or not. */
const badTokens: Record<string, () => Promise<string>> = {
  expired: () => issuer.sign({ ...everything, exp: Math.floor(Date.now() / 1_000) - 60 }),
  'of another audience': () => issuer.sign({ ...everything, aud: 'https://elsewhere.test/api' }),
  'of another issuer': () => issuer.sign({ ...everything, iss: 'https://elsewhere.test/' }),
  'of a key that is not theirs': async () => issuer.sign(everything, 'key-1', await newSigningKey('key-1')),
  'changed on its way': async () => {
    const [head = '', , signature = ''] = (await issuer.sign({ sub: 'auth0|wanjiku' })).split('.');
    const payload = Buffer.from(JSON.stringify({ ...everything, iss: issuer.url, aud: audience })).toString(
      'base64url',
    );
    return `${head}.${payload}.${signature}`;
  },
};

const everything = { sub: 'auth0|staff', permissions: [...permissions] };

let issuer: TestIssuer;
let service: Service;
let operations: Operation[];

beforeAll(async () => {
  issuer = await startIssuer();
  service = await startService({ environment: trusting(issuer), worker: false });
  operations = listOperations(service.app.swagger());
});

afterAll(async () => {
  await service.stop();
  await issuer.stop();
});

function listOperations(document: { paths?: object }): Operation[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]: [string, Record<string, OperationObject>]) =>
    methods.flatMap((method) => {
      const operation = item[method.toLowerCase()];
      if (!operation) return [];
      const id = operation.operationId ?? `${method} ${path} has no operationId`;
      return [{ id, method, path, needsToken: (operation.security ?? []).length > 0 }];
    }),
  );
}

interface OperationObject {
  operationId?: string;
  security?: unknown[];
}

function expected(access: Access, caller: Caller): 'let in' | 401 | 403 {
  if (access === 'anyone') return 'let in';
  if (caller === 'nobody') return 401;
  if (access === 'user') return 'let in';
  if (access === 'customer') return caller.startsWith('a machine') ? 403 : 'let in';
  return caller.endsWith('with the permission') ? 'let in' : 403;
}

function claimsOf(caller: Caller, access: Access): object | undefined {
  if (caller === 'nobody') return undefined;
  const sub = `auth0|${caller.replaceAll(' ', '-')}`;
  const others = permissions.filter((permission) => permission !== access);
  const robot = { sub: 'robot@clients', gty: 'client-credentials' };
  if (caller === 'a machine without the permission') return { ...robot, scope: others.join(' ') };
  if (caller === 'a machine with the permission') return { ...robot, scope: access };
  if (caller === 'staff with the permission') return { sub, permissions: [access] };
  if (caller === 'staff with every other permission') return { sub, permissions: others };
  return { sub };
}

/** The gate stands before validation: someone let in gets a 400 or 404 for this request at worst. */
async function statusFor(operation: Operation, token: string | undefined): Promise<number> {
  const path = operation.path.replaceAll(/\{\w+\}/g, '0198c3c5-7f20-7c13-8a44-5d0c1be9a7f2');
  const { status } = await service.request(operation.method, path, {
    ...(token !== undefined && { token }),
    ...(['POST', 'PUT', 'PATCH'].includes(operation.method) && { body: {} }),
  });
  return status;
}

test('the table and the OpenAPI document name the same operations', () => {
  expect(operations.map((operation) => operation.id).toSorted()).toEqual(Object.keys(mayCall).toSorted());
});

test('the document says where a token is needed', () => {
  const needToken = operations.filter((operation) => operation.needsToken).map((operation) => operation.id);
  const closed = Object.keys(mayCall).filter((id) => mayCall[id] !== 'anyone');
  expect(needToken.toSorted()).toEqual(closed.toSorted());
});

test.each(Object.keys(mayCall))('%s lets in whom it should, and nobody else', async (id) => {
  const access = mayCall[id] ?? 'anyone';
  const operation = operations.find((each) => each.id === id);
  if (!operation) throw new Error(`${id} is not in the OpenAPI document`);
  for (const caller of callers) {
    const claims = claimsOf(caller, access);
    const status = await statusFor(operation, claims && (await issuer.sign({ ...claims })));
    const outcome = status === 401 || status === 403 ? status : status < 500 ? 'let in' : status;
    expect([caller, outcome]).toEqual([caller, expected(access, caller)]);
  }
});

test.each(Object.keys(badTokens))('a token %s is nobody, whatever it says', async (what) => {
  const token = await (badTokens[what] as () => Promise<string>)();
  for (const operation of operations) {
    const status = await statusFor(operation, token);
    expect([operation.id, status === 401]).toEqual([operation.id, mayCall[operation.id] !== 'anyone']);
  }
});
