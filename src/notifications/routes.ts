// Owns the HTTP face of messages, put together: the ledger, channels, costs and texts.

import type { App } from '../platform/http.ts';
import { type ChannelsDeps, registerChannels } from './channel-routes.ts';
import { type CostsDeps, registerCosts } from './cost-routes.ts';
import { type LedgerDeps, registerLedger } from './ledger-routes.ts';
import { registerTemplates, type TemplatesDeps } from './template-routes.ts';

export function registerMessages(app: App, deps: LedgerDeps & ChannelsDeps & CostsDeps & TemplatesDeps): void {
  registerLedger(app, deps);
  registerChannels(app, deps);
  registerCosts(app, deps);
  registerTemplates(app, deps);
}
