// Owns the facts about who may call what: every operation in the OpenAPI document, requested by every kind of caller.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Permission, permissions } from '../../src/identity/identity.ts';
import { startIssuer, type TestIssuer, trusting } from '../support/issuer.ts';
import { type Service, startService } from '../support/service.ts';

/** Written from the contract, not from the routes: a route that declares something else fails here. */
const mayCall: Record<string, 'anyone' | 'user' | 'customer' | Permission> = {
  health: 'anyone',

  categories_list: 'anyone',
  categories_create: 'catalog:write',
  categories_read: 'anyone',
  categories_update: 'catalog:write',
  categories_partial_update: 'catalog:write',
  categories_delete: 'catalog:write',

  products_list: 'anyone',
  products_create: 'catalog:write',
  products_read: 'anyone',
  products_update: 'catalog:write',
  products_partial_update: 'catalog:write',
  products_delete: 'catalog:write',
  products_average_price: 'anyone',

  orders_create: 'customer',
  orders_bulk: 'orders:manage',
  orders_notes_create: 'orders:manage',
  orders_list: 'user',
  orders_read: 'user',
  orders_partial_update: 'orders:manage',
  orders_delete: 'user',

  callbacks_delivery: 'anyone',
  callbacks_incoming: 'anyone',
  callbacks_opt_out: 'anyone',

  me_read: 'user',
  customers_me_read: 'customer',
  customers_me_partial_update: 'customer',
  customers_me_delete: 'customer',
  customers_list: 'customers:read',
  customers_read: 'customers:read',
  customers_delete: 'customers:manage',
  customers_erasure_read: 'customers:manage',
  customers_me_data: 'customer',
  customers_data: 'customers:manage',

  messages_list: 'notifications:read',
  messages_read: 'notifications:read',
  messages_resend: 'notifications:manage',
  messages_cancel: 'notifications:manage',
  messages_acknowledge: 'notifications:manage',

  channels_list: 'notifications:read',
  channels_pause: 'notifications:manage',
  channels_resume: 'notifications:manage',

  incoming_messages_list: 'notifications:read',
  opt_outs_list: 'notifications:read',
  opt_outs_update: 'notifications:manage',
  opt_outs_delete: 'notifications:manage',

  product_imports_create: 'catalog:write',
  product_imports_read: 'catalog:write',
  product_imports_apply: 'catalog:write',

  audit_list: 'audit:read',

  orders_export: 'orders:read',
  products_export: 'catalog:write',
  customers_export: 'customers:read',

  reports_sales: 'reports:read',
  reports_products: 'reports:read',
  reports_categories: 'reports:read',
  reports_messages: 'reports:read',
  reports_today: 'reports:read',

  message_costs_list: 'notifications:read',
  message_costs_of_order: 'notifications:read',

  message_templates_list: 'notifications:read',
  message_templates_read: 'notifications:read',
  message_templates_preview: 'notifications:read',
  message_templates_update: 'notifications:manage',
  message_templates_delete: 'notifications:manage',
};

const methods = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;

interface Operation {
  id: string;
  method: (typeof methods)[number];
  path: string;
  needsToken: boolean;
}

type Caller = 'anonymous' | 'customer' | 'machine' | 'staff with the permission' | 'staff with every other permission';

const callers: Caller[] = [
  'anonymous',
  'customer',
  'machine',
  'staff with the permission',
  'staff with every other permission',
];

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

function expected(access: (typeof mayCall)[string], caller: Caller): 'let in' | 401 | 403 {
  if (access === 'anyone') return 'let in';
  if (caller === 'anonymous') return 401;
  if (access === 'user') return 'let in';
  if (access === 'customer') return caller === 'machine' ? 403 : 'let in';
  return caller === 'staff with the permission' ? 'let in' : 403;
}

function claimsOf(caller: Caller, access: (typeof mayCall)[string]): object | undefined {
  if (caller === 'anonymous') return undefined;
  const sub = `auth0|${caller.replaceAll(' ', '-')}`;
  const others = permissions.filter((permission) => permission !== access);
  if (caller === 'machine') return { sub: 'robot@clients', gty: 'client-credentials', scope: others.join(' ') };
  if (caller === 'staff with the permission') return { sub, permissions: [access] };
  if (caller === 'staff with every other permission') return { sub, permissions: others };
  return { sub };
}

/** The gate stands before validation: someone let in gets a 400 or 404 for this request at worst. */
async function statusFor(operation: Operation, claims: object | undefined): Promise<number> {
  const path = operation.path.replaceAll(/\{\w+\}/g, '0198c3c5-7f20-7c13-8a44-5d0c1be9a7f2');
  const { status } = await service.request(operation.method, path, {
    ...(claims && { token: await issuer.sign({ ...claims }) }),
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
    const status = await statusFor(operation, claimsOf(caller, access));
    const outcome = status === 401 || status === 403 ? status : status < 500 ? 'let in' : status;
    expect([caller, outcome]).toEqual([caller, expected(access, caller)]);
  }
});

test('a machine with the permission may do staff work', async () => {
  for (const operation of operations) {
    const status = await statusFor(operation, { sub: 'robot@clients', scope: permissions.join(' ') });
    expect([operation.id, status === 403]).toEqual([operation.id, mayCall[operation.id] === 'customer']);
  }
});
