// Owns the HTTP face of customers: their own record for themselves, everybody's for staff.

import { hash } from 'node:crypto';
import { Type } from 'typebox';
import { callerOf, forbidden, unauthenticated } from '../identity/access.ts';
import { readPhone } from '../phones/phone.ts';
import { isExpectedBy } from '../platform/etag.ts';
import type { App } from '../platform/http.ts';
import { invalidRequest, notFound, Problem, stale } from '../platform/problem.ts';
import type { Read } from '../platform/replica.ts';
import { problemResponses } from '../platform/responses.ts';
import type { Customer } from './customer.ts';
import { type CustomerEdit, type EditCustomerDeps, editCustomer, findOrCreateCustomer } from './edit-customer.ts';
import { customerListQuery, findCustomers } from './list-customers.ts';
import {
  customerJson,
  customerRecordJson,
  customerRecordSchema,
  customerSchema,
  type EditCustomerBody,
  editCustomerBody,
} from './schemas.ts';
import { findCustomer } from './store.ts';

export interface CustomersDeps extends EditCustomerDeps {
  read: Read;
  defaultRegion: string;
}

const tags = ['customers'];
const customerRef = Type.Ref('Customer');
const recordRef = Type.Ref('CustomerRecord');

const etagOf = (customer: Customer) => `"${hash('sha256', JSON.stringify(customerJson(customer))).slice(0, 32)}"`;

export function registerCustomers(app: App, deps: CustomersDeps): void {
  app.addSchema(customerSchema);
  app.addSchema(customerRecordSchema);
  registerOwnRecord(app, deps);
  registerRecords(app, deps);
}

function registerOwnRecord(app: App, deps: CustomersDeps): void {
  app.get(
    '/api/v1/customers/me/',
    {
      config: { access: 'customer' },
      schema: {
        operationId: 'customers_me_read',
        tags,
        summary: 'Your own record',
        description: 'Starts, on the first call or the first order, with the name and e-mail of your token.',
        response: { 200: { description: 'You.', ...customerRef }, ...problemResponses(unauthenticated, forbidden) },
      },
    },
    async (request, reply) => {
      const customer = await findOrCreateCustomer(deps, callerOf(request), request.headers.authorization ?? '');
      return reply.header('etag', etagOf(customer)).send(customerJson(customer));
    },
  );

  app.patch(
    '/api/v1/customers/me/',
    {
      config: { access: 'customer' },
      schema: {
        operationId: 'customers_me_partial_update',
        tags,
        summary: 'Change your own record',
        description: 'Orders keep what they were placed with. The next order sets the phone number to its own.',
        body: editCustomerBody,
        response: {
          200: { description: 'You, as changed.', ...customerRef },
          ...problemResponses(invalidRequest, unauthenticated, forbidden, stale),
        },
      },
    },
    async (request, reply) => {
      const edit = toEdit(request.body, deps.defaultRegion);
      const known = await findOrCreateCustomer(deps, callerOf(request), request.headers.authorization ?? '');
      const customer = await editCustomer(deps, known, edit, (current) => isExpectedBy(request)(etagOf(current)));
      return reply.header('etag', etagOf(customer)).send(customerJson(customer));
    },
  );
}

function registerRecords(app: App, deps: CustomersDeps): void {
  app.get(
    '/api/v1/customers/',
    {
      config: { access: 'customers:read' },
      schema: {
        operationId: 'customers_list',
        tags,
        summary: 'List customers, newest first, or the best match where you search for a name',
        querystring: customerListQuery,
        response: {
          200: { description: 'A page of customers.', type: 'array', items: recordRef },
          ...problemResponses(invalidRequest, unauthenticated, forbidden),
        },
      },
    },
    async (request, reply) => {
      const { customers, links } = await deps.read((db) => findCustomers({ ...deps, db }, request.query, request));
      return reply.header('link', links).send(customers.map(customerRecordJson));
    },
  );

  app.get(
    '/api/v1/customers/:id/',
    {
      config: { access: 'customers:read' },
      schema: {
        operationId: 'customers_read',
        tags,
        summary: 'One customer',
        params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
        response: {
          200: { description: 'The customer.', ...recordRef },
          ...problemResponses(invalidRequest, unauthenticated, forbidden, notFound),
        },
      },
    },
    async (request, reply) => {
      const customer = await findCustomer(deps.db, request.params.id);
      if (!customer) throw new Problem(notFound, 'There is no such customer.');
      return reply.send(customerRecordJson(customer));
    },
  );
}

/** @throws Problem invalid-request for a phone number that isn't one. */
function toEdit(body: EditCustomerBody, defaultRegion: string): CustomerEdit {
  const edit: CustomerEdit = {};
  if (body.name !== undefined) edit.name = body.name.trim();
  if (body.email !== undefined) edit.email = body.email;
  if (body.address !== undefined) edit.address = body.address.trim();
  if (body.language !== undefined) edit.language = body.language;
  if (body.phonenumber !== undefined) {
    edit.phoneNumber = body.phonenumber === '' ? '' : readPhone(body.phonenumber, defaultRegion, '/phonenumber');
  }
  return edit;
}
