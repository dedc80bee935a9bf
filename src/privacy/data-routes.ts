// Owns the HTTP face of what is held on a customer: to themselves, and to staff who answer for them.

import { Type } from 'typebox';
import { findCustomer, findCustomerByUserId } from '../customers/store.ts';
import { createSender } from '../files/send-pieces.ts';
import { callerOf, forbidden, unauthenticated } from '../identity/access.ts';
import type { App } from '../platform/http.ts';
import { localDay } from '../platform/local-time.ts';
import { invalidRequest, notFound, Problem, unavailable } from '../platform/problem.ts';
import { problemResponses } from '../platform/responses.ts';
import { idParams } from '../platform/shapes.ts';
import { type ExportDeps, writeCustomerData } from './export-customer.ts';
import { customerDataSchema } from './schemas.ts';

export interface CustomerDataDeps extends ExportDeps {
  /** IANA name. */
  timeZone: string;
}

const tags = ['customers'];

const whatIsIn =
  'As a file that is sent while it is read: the record, each order with its lines, what happened to it, the SMS about it with their ' +
  'attempts and what was texted about it, phone numbers and opt-outs. What was texted about no order is not in it: nobody has shown whose the phone is.';

export function registerCustomerData(app: App, deps: CustomerDataDeps): void {
  app.addSchema(customerDataSchema);
  const send = createSender();
  const head = () => ({
    name: `personal-data-${localDay(deps.clock(), deps.timeZone)}.json`,
    type: 'application/json; charset=utf-8',
  });
  const response = { 200: { description: 'All of it.', ...Type.Ref('CustomerData') } };

  app.get(
    '/api/v1/customers/me/data/',
    {
      config: { access: 'customer' },
      schema: {
        operationId: 'customers_me_data',
        tags,
        summary: 'All that is held on you',
        description: whatIsIn,
        response: { ...response, ...problemResponses(unauthenticated, forbidden, unavailable) },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const customer = await findCustomerByUserId(deps.db, caller.userId);
      return send(reply, head(), writeCustomerData(deps, caller, customer));
    },
  );

  app.get(
    '/api/v1/customers/:id/data/',
    {
      config: { access: 'customers:manage' },
      schema: {
        operationId: 'customers_data',
        tags,
        summary: 'All that is held on a customer',
        description: whatIsIn,
        params: idParams,
        response: {
          ...response,
          ...problemResponses(invalidRequest, unauthenticated, forbidden, notFound, unavailable),
        },
      },
    },
    async (request, reply) => {
      const customer = await findCustomer(deps.db, request.params.id);
      if (!customer) throw new Problem(notFound, 'There is no such customer.');
      return send(reply, head(), writeCustomerData(deps, callerOf(request), customer));
    },
  );
}
