// Owns the list of all mutations.

import { backOfficeMutations } from './back-office.ts';
import { catalogMutations } from './catalog.ts';
import { messageMutations } from './messages.ts';
import type { Mutation } from './mutation.ts';
import { orderMutations } from './orders.ts';
import { platformMutations } from './platform.ts';
import { privacyMutations } from './privacy.ts';

export const mutations: readonly Mutation[] = [
  ...orderMutations,
  ...messageMutations,
  ...catalogMutations,
  ...platformMutations,
  ...backOfficeMutations,
  ...privacyMutations,
];
