// Owns what the shop may do, in its own words: the facts that must hold of every history and of what is left at its end.
//
// It knows the API and the tables, and nothing of our code. CONTRIBUTING.md says how a new fact gets its place.

import type { Fact, Violation, World } from './fact.ts';
import { answers } from './facts/answers.ts';
import { customers } from './facts/customers.ts';
import { idempotency } from './facts/idempotency.ts';
import { jobs } from './facts/jobs.ts';
import { messages } from './facts/messages.ts';
import { money } from './facts/money.ts';
import { optOuts } from './facts/opt-outs.ts';
import { orders } from './facts/orders.ts';
import { products } from './facts/products.ts';
import { reports } from './facts/reports.ts';
import { statuses } from './facts/statuses.ts';
import { stock } from './facts/stock.ts';
import { texts } from './facts/texts.ts';
import { timelines } from './facts/timelines.ts';
import { views } from './facts/views.ts';

export const facts: readonly Fact[] = [
  answers,
  orders,
  money,
  reports,
  stock,
  products,
  idempotency,
  statuses,
  timelines,
  messages,
  optOuts,
  texts,
  customers,
  views,
  jobs,
];

/** Tables whose rows no fact judges, each with what does. */
export const judgedElsewhere: Readonly<Record<string, string>> = {
  alarms: 'what staff are told of a provider: test/api/channel-operations.test.ts',
  channels: 'the pause of a channel: test/api/channels.test.ts',
  category_paths: 'the tree of categories: test/races/catalog.test.ts',
  customer_vocabulary: 'search by name: test/api/search-words.test.ts',
  customer_words: 'search by name: test/api/search-names.test.ts',
  erasure_numbers: 'the phones of a customer who is to be erased: test/races/erasure.test.ts',
  erasures: 'customers who are erased: test/races/erasure.test.ts',
  message_costs: 'what SMS cost a day: test/api/ledger.test.ts',
  message_templates: 'texts that staff edit: test/api/message-templates.test.ts',
  notification_actions:
    'the audit trail of before, which an earlier version still writes: test/runtime/upgrade.test.ts',
  opt_out_key: 'what opt-outs of the erased are hashed with: test/api/erasure.test.ts',
  product_imports: 'files of products: test/api/product-imports.test.ts',
  product_vocabulary: 'search by name: test/api/search-words.test.ts',
  product_words: 'search by name: test/api/search-names.test.ts',
  request_counts: 'how much one caller may ask: test/api/limits.test.ts',
  sales_days: 'what was sold on days that are over: test/api/reports.test.ts',
  sales_hours: 'the same by the hour: test/api/reports.test.ts',
  sales_products: 'the same by product: test/api/reports.test.ts',
  sales_watch: 'how far these are: test/api/reports.test.ts',
  schema_migrations: 'the schema itself: test/runtime/migrations.test.ts',
  shop: 'the one currency: test/runtime/currency.test.ts',
  text_retention: 'how far old texts are gone: test/api/retention.test.ts',
};

/** Empty where all is as it may be. */
export const findViolations = (world: World): (Violation & { fact: string })[] =>
  facts.flatMap((fact) => fact.check(world).map((violation) => ({ fact: fact.name, ...violation })));
