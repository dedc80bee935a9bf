// Owns the list of every Problem the service can answer with: the source of docs/problems.md.

import {
  categoryCycle,
  categoryInUse,
  categoryTooDeep,
  duplicate,
  unknownCategory,
  unseenStock,
} from './catalog/problems.ts';
import { keyReused } from './idempotency/request-key.ts';
import { forbidden, unauthenticated } from './identity/access.ts';
import { unreadableFile } from './imports/import.ts';
import { illegalMessageChange } from './messages/change-message.ts';
import { overloaded } from './orders/intake.ts';
import { illegalMove, outOfStock, tooManyOfProduct, totalTooLarge, unknownProduct } from './orders/order.ts';
import { tooManyNumbers, tooManyOrders } from './orders/order-limits.ts';
import {
  bodyTooLarge,
  internalError,
  invalidRequest,
  notFound,
  type ProblemType,
  stale,
  tooManyRequests,
  unavailable,
  unsupportedMediaType,
} from './platform/problem.ts';
import { erasedLately, openOrders } from './privacy/erase-customer.ts';
import { reportNotReady } from './reports/add-up-sales.ts';

export const problemTypes: readonly ProblemType[] = [
  invalidRequest,
  unreadableFile,
  unauthenticated,
  forbidden,
  notFound,
  stale,
  bodyTooLarge,
  unsupportedMediaType,
  illegalMove,
  unknownProduct,
  outOfStock,
  tooManyOfProduct,
  totalTooLarge,
  keyReused,
  tooManyOrders,
  tooManyNumbers,
  categoryCycle,
  categoryInUse,
  categoryTooDeep,
  unknownCategory,
  duplicate,
  unseenStock,
  illegalMessageChange,
  openOrders,
  erasedLately,
  tooManyRequests,
  reportNotReady,
  overloaded,
  unavailable,
  internalError,
];
