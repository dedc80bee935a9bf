// Owns the clients' side of a simulation: asks as a good client does, again where nobody answers, and writes down what came of it.

import { setTimeout as delay } from 'node:timers/promises';
import type { Dice } from '../support/chance.ts';
import { listLimit } from './facts/views.ts';
import type { Answer, Asked, Call, CallOf } from './history.ts';

/** The service under test, and the world that it is in. */
export interface Site {
  /** One for each process that answers. */
  urls: readonly string[];
  /** What providers call back, as a path. */
  callbacks: string;
  databaseUrl: string;
  tokenFor: (name: string) => Promise<string>;
}

export interface Asker {
  calls: Call[];
  /** Resolves when there is an answer, or when no more tries are left. */
  ask: <Kind extends Asked['kind']>(
    client: string,
    asked: Extract<Asked, { kind: Kind }>,
    dice: Dice,
  ) => Promise<CallOf<Kind>>;
}

export interface AskerOptions {
  site: Site;
  categoryId: string;
  /** For one try. */
  timeoutMs: number;
  /** After so long nobody asks again. */
  patienceMs: number;
}

export function createAsker({ site, categoryId, timeoutMs, patienceMs }: AskerOptions): Asker {
  const calls: Call[] = [];
  const tokens = new Map<string, Promise<string>>();

  function tokenOf(client: string): Promise<string> {
    // All of the staff are one to the issuer.
    const name = client.startsWith('staff') ? 'staff' : client;
    const known = tokens.get(client);
    if (known) return known;
    const asked = site.tokenFor(name);
    tokens.set(client, asked);
    asked.catch(() => tokens.delete(client));
    return asked;
  }

  async function tryOnce(client: string, asked: Asked, dice: Dice): Promise<Answer | undefined> {
    try {
      const { method, path, headers, body } = requestOf(asked, site.callbacks, categoryId);
      const token = client === 'network' ? undefined : await tokenOf(client);
      const response = await fetch(dice.oneOf(site.urls) + path, {
        method,
        headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
        ...(body !== undefined && { body }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.text();
      return {
        status: response.status,
        body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
        etag: response.headers.get('etag') ?? undefined,
        isReplay: response.headers.get('idempotent-replayed') === 'true',
      };
    } catch {
      // The process is gone, or went with the answer.
      return undefined;
    }
  }

  return {
    calls,
    async ask<Kind extends Asked['kind']>(client: string, asked: Extract<Asked, { kind: Kind }>, dice: Dice) {
      const fromMs = performance.now();
      const call: CallOf<Kind> = {
        client,
        asked,
        fromMs,
        lastFromMs: fromMs,
        toMs: Number.POSITIVE_INFINITY,
        lost: 0,
        answer: undefined,
      };
      calls.push(call);
      for (;;) {
        call.lastFromMs = performance.now();
        const answer = await tryOnce(client, asked, dice);
        const endMs = performance.now();
        if (answer && answer.status < 500 && answer.status !== 401) {
          call.answer = answer;
          call.toMs = endMs;
          return call;
        }
        if (answer?.status === 401) tokens.delete(client);
        else call.lost += 1;
        // An answer that tells of a fault of ours is kept for whoever judges it.
        if (answer && answer.status >= 500 && answer.status !== 503) call.answer = answer;
        if (!canRepeat(asked) || call.answer || endMs - fromMs > patienceMs) return call;
        await delay(20 + dice.below(100));
      }
    },
  };
}

/** Whether asking again changes nothing more. */
const canRepeat = (asked: Asked): boolean =>
  (asked.kind !== 'place' || asked.key !== undefined) && (asked.kind !== 'edit-product' || asked.ifMatch !== undefined);

interface Request {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

const json = (
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string | undefined> = {},
): Request => ({
  method,
  path: `/api/v1${path}`,
  headers: {
    'content-type': 'application/json',
    ...(Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)) as Record<
      string,
      string
    >),
  },
  body: JSON.stringify(body),
});

const bare = (method: string, path: string, ifMatch?: string): Request => ({
  method,
  path: `/api/v1${path}`,
  headers: ifMatch === undefined ? {} : { 'if-match': ifMatch },
});

const form = (path: string, fields: Record<string, string>): Request => ({
  method: 'POST',
  path,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
});

function requestOf(asked: Asked, callbacks: string, category: string): Request {
  switch (asked.kind) {
    case 'add-product': {
      const { name, price, stock, key } = asked;
      return json('POST', '/products/', { name, price, stock, category }, { 'idempotency-key': key });
    }
    case 'edit-product': {
      const { price, stock, ifMatch } = asked;
      return json('PATCH', `/products/${asked.product}/`, { price, stock }, { 'if-match': ifMatch });
    }
    case 'delete-product':
      return bare('DELETE', `/products/${asked.product}/`, asked.ifMatch);
    case 'read-product':
      return bare('GET', `/products/${asked.product}/`);
    case 'place':
      return json(
        'POST',
        '/orders/',
        { items: asked.items, phone_number: asked.phone },
        { 'idempotency-key': asked.key },
      );
    case 'move':
      return json('PATCH', `/orders/${asked.order}/`, { status: asked.to }, { 'if-match': asked.ifMatch });
    case 'cancel':
      return bare('DELETE', `/orders/${asked.order}/`);
    case 'read-order':
      return bare('GET', `/orders/${asked.order}/`);
    case 'list-orders':
      return bare('GET', `/orders/?limit=${listLimit}`);
    case 'opt-out':
      return json('PUT', `/opt-outs/${encodeURIComponent(asked.phone)}/`, {});
    case 'opt-in':
      return bare('DELETE', `/opt-outs/${encodeURIComponent(asked.phone)}/`);
    case 'text':
      return form(`${callbacks}/incoming`, { id: asked.id, from: asked.phone, to: '22384', text: asked.words });
    default: {
      const reason: Record<string, string> = asked.status === 'Success' ? {} : { failureReason: 'AbsentSubscriber' };
      return form(`${callbacks}/delivery`, { id: asked.id, status: asked.status, ...reason });
    }
  }
}
