// Owns what each person sees: every page and action with the permission that it needs, in this one place.

export const needs = {
  today: 'reports:read',
  orders: 'orders:read',
  moveOrders: 'orders:manage',
  products: 'catalog:write',
  customers: 'customers:read',
  messages: 'notifications:read',
  manageMessages: 'notifications:manage',
  reports: 'reports:read',
  audit: 'audit:read',
} as const;

export type Need = keyof typeof needs;

export const mayDo = (permissions: readonly string[], need: Need): boolean => permissions.includes(needs[need]);
