// Owns who may call which operation, as the contract has it: the source of docs/access.md, which the matrix holds against the service.

import type { Permission } from '../../src/identity/identity.ts';

export type Access = 'anyone' | 'user' | 'customer' | Permission;

/** Written from the contract, not from the routes: a route that declares something else fails here. */
export const mayCall: Readonly<Record<string, Access>> = {
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
