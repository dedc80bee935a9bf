// Owns that every text of a request is taken as it is seen, in one place for all that people write.

import type { FastifyRequest } from 'fastify';
import type { App } from '../platform/http.ts';
import { invalidRequest, Problem } from '../platform/problem.ts';
import { visibleText, worthALook } from './visible-text.ts';

/** Before a request is judged by its schema, so that a title of which nothing is left is none. What providers post in forms is kept as it is said. */
export function keepTextsVisible(app: App): void {
  app.addHook('preValidation', (request, _reply, done) => {
    try {
      if (!request.hasPlainBody && isJson(request)) request.body = keepVisible(request.body);
      // What can't be seen comes encoded in an address.
      if (request.url.includes('%')) {
        const query = request.query as Record<string, unknown>;
        for (const [name, value] of Object.entries(query)) query[name] = keepVisible(value, `?${name}`);
      }
      done();
    } catch (error) {
      done(error as Error);
    }
  });
}

const isJson = ({ headers }: FastifyRequest): boolean =>
  headers['content-type']?.toLowerCase().startsWith('application/json') ?? false;

/**
 * What somebody sent, as it is seen: itself for a text, changed in place for a document.
 * @param pointer where it stands in the request
 * @throws Problem invalid-request where a text held something and nothing that can be seen is left
 */
export function keepVisible(value: unknown, pointer = ''): unknown {
  if (typeof value === 'string') return seen(value, pointer);
  const waiting: [container: Record<string, unknown>, pointer: string][] = [];
  const enter = (each: unknown, at: string) => {
    if (typeof each === 'object' && each !== null) waiting.push([each as Record<string, unknown>, at]);
  };
  enter(value, pointer);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [container, at] = next;
    for (const [key, member] of Object.entries(container)) {
      const place = `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (typeof member === 'string') container[key] = seen(member, place);
      else enter(member, place);
    }
  }
  return value;
}

function seen(text: string, pointer: string): string {
  if (!worthALook.test(text)) return text;
  const visible = visibleText(text);
  if (visible.trim() !== '' || visible === text) return visible;
  throw new Problem(invalidRequest, 'A text must hold something that can be seen.', {
    errors: [{ pointer, detail: 'holds nothing that can be seen' }],
  });
}
