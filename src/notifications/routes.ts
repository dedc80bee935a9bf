// Owns the HTTP face of messages, put together: the ledger, channels, costs, texts, what customers wrote, and opt-outs.

import type { App } from '../platform/http.ts';
import { type ChannelsDeps, registerChannels } from './channel-routes.ts';
import { type CostsDeps, registerCosts } from './cost-routes.ts';
import { type IncomingDeps, registerIncoming } from './incoming-routes.ts';
import { type LedgerDeps, registerLedger } from './ledger-routes.ts';
import { type OptOutsDeps, registerOptOuts } from './opt-out-routes.ts';
import { registerTemplates, type TemplatesDeps } from './template-routes.ts';

type MessagesDeps = LedgerDeps & ChannelsDeps & CostsDeps & TemplatesDeps & IncomingDeps & OptOutsDeps;

export function registerMessages(app: App, deps: MessagesDeps): void {
  registerLedger(app, deps);
  registerChannels(app, deps);
  registerCosts(app, deps);
  registerTemplates(app, deps);
  registerIncoming(app, deps);
  registerOptOuts(app, deps);
}
