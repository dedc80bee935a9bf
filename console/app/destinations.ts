// Owns the pages in the navigation: where they are, the key that goes there, and the permission that each needs.

import { ChartColumn, History, House, type LucideIcon, MessageSquare, Package, ShoppingBag, Users } from 'lucide-react';
import type { Need } from './permissions.ts';

export interface Destination {
  to: string;
  name: 'today' | 'orders' | 'products' | 'customers' | 'messages' | 'reports' | 'audit';
  need: Need;
  icon: LucideIcon;
  /** Behind `g`. */
  key: string;
  /** Not at the foot of a phone. */
  isMinor?: boolean;
}

export const destinations: readonly Destination[] = [
  { to: '/', name: 'today', need: 'today', icon: House, key: 't' },
  { to: '/orders', name: 'orders', need: 'orders', icon: ShoppingBag, key: 'o' },
  { to: '/products', name: 'products', need: 'products', icon: Package, key: 'p' },
  { to: '/customers', name: 'customers', need: 'customers', icon: Users, key: 'c' },
  { to: '/messages', name: 'messages', need: 'messages', icon: MessageSquare, key: 'm' },
  { to: '/reports', name: 'reports', need: 'reports', icon: ChartColumn, key: 'r', isMinor: true },
  { to: '/audit', name: 'audit', need: 'audit', icon: History, key: 'a', isMinor: true },
];
