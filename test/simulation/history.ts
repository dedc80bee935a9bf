// Owns the history of a simulation: who asked what, when, and what they were answered.

export type Status = 'pending' | 'confirmed' | 'dispatched' | 'completed' | 'cancelled';

export interface Item {
  product: string;
  quantity: number;
}

/** What can be asked of the shop. One that is sent again because nobody answered is asked once. */
export type Asked =
  | { kind: 'add-product'; key: string; name: string; price: number; stock: number | null }
  | { kind: 'edit-product'; product: string; ifMatch?: string; price?: number; stock?: number }
  | { kind: 'delete-product'; product: string; ifMatch?: string }
  | { kind: 'read-product'; product: string }
  | { kind: 'place'; key?: string; phone: string; items: Item[] }
  | { kind: 'move'; order: string; to: Status; ifMatch?: string }
  | { kind: 'cancel'; order: string }
  | { kind: 'read-order'; order: string }
  | { kind: 'list-orders' }
  /** By staff, for whoever owns the phone. */
  | { kind: 'opt-out' | 'opt-in'; phone: string }
  /** What providers call back; each may come more than once. */
  | { kind: 'text'; id: string; phone: string; words: string }
  | { kind: 'report'; id: string; status: string };

export interface Answer {
  status: number;
  body: unknown;
  etag: string | undefined;
  /** Whether it said that it repeats an earlier answer. */
  isReplay: boolean;
}

export interface Call {
  /** Whose access token it carried: `customer-3`, `staff-0`, `network`. */
  client: string;
  asked: Asked;
  /** When it was asked for the first and for the last time, and when the answer came: infinite where none did. */
  fromMs: number;
  lastFromMs: number;
  toMs: number;
  /** How often there was no answer, or one that says nothing of what was done: 5xx. */
  lost: number;
  answer: Answer | undefined;
}

/** A call of one kind. */
export type CallOf<Kind extends Asked['kind']> = Call & { asked: Extract<Asked, { kind: Kind }> };

export const callsOf = <Kind extends Asked['kind']>(calls: readonly Call[], ...kinds: Kind[]): CallOf<Kind>[] =>
  calls.filter((call): call is CallOf<Kind> => (kinds as string[]).includes(call.asked.kind));

/** An order as the API shows it; money in major units. */
export interface OrderBody {
  id: string;
  code: string;
  customer: { id: string; user: string; phonenumber: string };
  created_at: string;
  subtotal: number;
  discount: number;
  tax: number;
  total_amount: number;
  currency: string;
  status: Status;
  version: number;
  items: {
    id: string;
    product: string;
    quantity: number;
    price: number;
    discount: number;
    tax: number;
    total: number;
  }[];
  events?: EventBody[];
}

export interface EventBody {
  kind: string;
  status: Status;
  version: number;
  actor: string;
  via: string;
  created_at: string;
  messages: { kind: string; channel: string; status: string }[];
}

export interface ProductBody {
  id: string;
  price: number;
  stock: number | null;
}

export interface ProblemBody {
  type: string;
  current_status?: Status;
  products?: { product: string; requested: number; available: number }[];
  errors?: { pointer: string }[];
}

/** What it was answered, taken for this. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the JSON under test: each fact says what it expects of it
export const bodyOf = <Body>({ answer }: Pick<Call, 'answer'>): Body => (answer?.body ?? {}) as Body;

export const succeeded = ({ answer }: Call): boolean => answer !== undefined && answer.status < 300;

/** The last part of the type of the problem that it was answered; undefined where it was none. */
export function problemOf({ answer }: Call): string | undefined {
  if (!answer || answer.status < 400) return undefined;
  return (answer.body as Partial<ProblemBody>).type?.split(/[/#:]/).at(-1);
}

/** The order that it was answered, where it was one. */
export function orderIn({ asked, answer }: Call): OrderBody | undefined {
  const isOfOrder = ['place', 'move', 'cancel', 'read-order'].includes(asked.kind);
  return isOfOrder && answer && answer.status < 300 ? (answer.body as OrderBody) : undefined;
}

/** Every order that anybody was shown, with the call that it was in. */
export const ordersShown = (calls: readonly Call[]): { call: Call; order: OrderBody }[] =>
  calls.flatMap((call) => {
    const order = orderIn(call);
    const listed = call.asked.kind === 'list-orders' && succeeded(call) ? bodyOf<OrderBody[]>(call) : [];
    return [...(order ? [order] : []), ...listed].map((each) => ({ call, order: each }));
  });

/** In minor units of a currency with two decimals, which is exact for what JSON shows. */
export const minor = (major: number): number => Math.round(major * 100);

export function grouped<T>(list: readonly T[], keyOf: (each: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const each of list) {
    const key = keyOf(each);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(each);
    else groups.set(key, [each]);
  }
  return groups;
}
