// Owns which other origins may call the service from a browser (CORS, fetch.spec.whatwg.org).

import cors from '@fastify/cors';
import type { App } from '../platform/http.ts';

/** Any port of a developer's own machine. */
export const anyLocalhost = /^http:\/\/localhost:\d{1,5}$/;

const exposed = [
  'Link',
  'ETag',
  'Location',
  'Idempotent-Replayed',
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
  'X-Request-Id',
];

// As long as browsers keep one at most: two hours in Chromium, a day in Firefox.
const preflightSeconds = 86_400;

/** Must be called before the routes; errors carry the headers too, or a page can't read what is wrong. Tokens are bearers: no cookies. */
export async function allowOrigins(app: App, origins: readonly string[] | RegExp): Promise<void> {
  if (Array.isArray(origins) && origins.length === 0) return;
  await app.register(cors, {
    origin: origins instanceof RegExp ? origins : [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: exposed,
    maxAge: preflightSeconds,
    strictPreflight: false,
  });
}
