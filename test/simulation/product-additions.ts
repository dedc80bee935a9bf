// Owns when a product can have been added, as far as the calls tell.

import { bodyOf, type Call, type CallOf, callsOf, grouped, type ProductBody, succeeded } from './history.ts';

export interface Addition {
  product: string;
  asked: CallOf<'add-product'>['asked'];
  fromMs: number;
  toMs: number;
}

/** Of every product that somebody was told of. Those who ask under one key ask for one product. */
export function additionsIn(calls: readonly Call[]): Addition[] {
  const byKey = grouped(callsOf(calls, 'add-product'), ({ client, asked }) => `${client} ${asked.key}`);
  return [...byKey.values()].flatMap((asking): Addition[] => {
    const told = asking.filter(succeeded);
    const [first] = told;
    if (!first) return [];
    const fromMs = Math.min(...asking.map((call) => call.fromMs));
    const toMs = Math.min(...told.map((call) => call.toMs));
    return [{ product: bodyOf<ProductBody>(first).id, asked: first.asked, fromMs, toMs }];
  });
}
