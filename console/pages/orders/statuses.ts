// Owns the statuses of orders in the order in which an order goes through them.

import type { OrderStatus } from '../../api/client.ts';

export const orderStatuses: readonly OrderStatus[] = ['pending', 'confirmed', 'dispatched', 'completed', 'cancelled'];
