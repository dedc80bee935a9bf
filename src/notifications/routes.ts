// Owns the HTTP face of messages, put together: their texts.

import type { App } from '../platform/http.ts';
import { registerTemplates, type TemplatesDeps } from './template-routes.ts';

export function registerMessages(app: App, deps: TemplatesDeps): void {
  registerTemplates(app, deps);
}
