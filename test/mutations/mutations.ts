// Owns the list of all mutations.

import { catalogMutations } from './catalog.ts';
import { messageMutations } from './messages.ts';
import type { Mutation } from './mutation.ts';
import { orderMutations } from './orders.ts';
import { platformMutations } from './platform.ts';

export const mutations: readonly Mutation[] = [
  ...orderMutations,
  ...messageMutations,
  ...catalogMutations,
  ...platformMutations,
];
