// Owns the page at /sandbox/: its files, read once, and the headers that keep it to itself.

import { readFileSync } from 'node:fs';
import type { App } from '../platform/http.ts';
import { open } from './open-route.ts';

const files = [
  'icon.svg',
  'theme.css',
  'page.css',
  'page.js',
  'phone.js',
  'inbox.js',
  'faults.js',
  'dom.js',
  'sign-in.css',
];
const types: Record<string, string> = {
  svg: 'image/svg+xml',
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export function registerPage(app: App): void {
  const serve = (path: string, file: string) => {
    const content = readFileSync(new URL(`page/${file}`, import.meta.url));
    const type = types[file.slice(file.lastIndexOf('.') + 1)] ?? '';
    app.get(path, open, async (_request, reply) =>
      reply
        .headers({ 'content-security-policy': policy, 'cache-control': 'no-cache', 'referrer-policy': 'same-origin' })
        .type(type)
        .send(content),
    );
  };
  serve('/sandbox/', 'index.html');
  for (const file of files) serve(`/sandbox/page/${file}`, file);
}
