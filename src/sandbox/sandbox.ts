// Owns the local stand-ins for the outside world as one thing: token issuer, SMS gateway, mail server. Never in production.

import formbody from '@fastify/formbody';
import type { FastifyBaseLogger } from 'fastify';
import type { App } from '../platform/http.ts';
import type { NewId } from '../platform/ids.ts';
import { registerAfricasTalking } from './africas-talking-routes.ts';
import { createCallbacks } from './callbacks.ts';
import { createFaults, type Faults } from './faults.ts';
import { createIssuer } from './issuer.ts';
import { createIssuerKeys, type IssuerKeys } from './issuer-keys.ts';
import { registerIssuer } from './issuer-routes.ts';
import { createLifetime } from './lifetime.ts';
import { createLiveUpdates } from './live-updates.ts';
import { type Email, startMailServer } from './mail-server.ts';
import { createNewest } from './newest.ts';
import { registerPage } from './page-routes.ts';
import { registerSandboxRoutes } from './sandbox-routes.ts';
import { createSmsGateway, type Message } from './sms-gateway.ts';

/** The settings have the shapes of the service's own configuration, so that both sides agree by construction. */
export interface SandboxOptions {
  publicUrl: string;
  /** `issuer` with the trailing slash. */
  identity: { issuer: string; audience: string; clientId: string };
  sms: { username: string; apiKey: string; shortcode: string };
  defaultRegion: string;
  sandbox: { standsInFor: ReadonlySet<'issuer' | 'sms' | 'mail'>; smtpPort: number | undefined };
  /** Where the mail server listens when it has a port for other processes. */
  host: string;
  /** What `/delivery`, `/incoming` and `/opt-out` are appended to; undefined where nobody listens. */
  callbacksUrl: string | undefined;
  /** Where the issuer keeps its keys, so that a token outlives a restart; undefined to make new ones each time. */
  keyFile: string | undefined;
  clock: () => Date;
  newId: NewId;
  logger: FastifyBaseLogger;
  /** How many messages and how many e-mails are kept, newest first; 10,000 unless told otherwise. */
  keep?: number;
}

export interface Sandbox {
  /** Adds the routes to the application, behind its guard. */
  register(app: App): void;
  /** Where mail for the outside world goes: `smtp://127.0.0.1:PORT`; empty where it goes elsewhere. */
  smtpUrl: string;
  faults: Faults;
  /** The token issuer's keys, for tests that need a token it would not issue. */
  keys: IssuerKeys;
  /** Ends what is in the air and the mail server. The application is closed first. */
  close(): Promise<void>;
}

const defaultKeep = 10_000;

/** Starts the mail server and makes the issuer's keys; the rest begins when the application listens. */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { publicUrl, identity, sms, clock, newId, keep = defaultKeep } = options;
  const lifetime = createLifetime();
  const updates = createLiveUpdates(lifetime);
  const faults = createFaults(() => updates.announce('faults'));
  const messages = createNewest<Message>(keep);
  const emails = createNewest<Email>(keep);
  const { pause, after, hold } = lifetime;
  const { standsInFor, smtpPort } = options.sandbox;

  const arrived = () => updates.announce('emails');
  const [keys, mailServer] = await Promise.all([
    createIssuerKeys(options.keyFile),
    standsInFor.has('mail')
      ? startMailServer({
          port: smtpPort,
          host: options.host,
          inbox: emails,
          faults,
          clock,
          newId,
          arrived,
          pause,
        })
      : undefined,
  ]);
  const issuer = createIssuer({ ...identity, clock }, keys);
  const callbacks = createCallbacks(options.callbacksUrl, options.logger);
  const changed = () => updates.announce('messages');
  const { shortcode } = sms;
  const gateway = createSmsGateway({ messages, faults, callbacks, shortcode, clock, newId, changed, after });

  const { issuer: issuerUrl, audience, clientId } = identity;
  const issuerRoutes = { issuer, keys, faults, issuerUrl, publicUrl, audience, clientId, pause };
  const sandboxRoutes = { messages, emails, gateway, mailServer, faults, keys, updates, shortcode, standsInFor };

  return {
    register(app) {
      // Each in a scope of its own: they answer errors in their own ways, and only they read forms.
      if (standsInFor.has('issuer')) {
        void app.register(async (scope: App) => {
          await scope.register(formbody);
          registerIssuer(scope, issuerRoutes);
        });
      }
      if (standsInFor.has('sms')) {
        void app.register(async (scope: App) => {
          await scope.register(formbody);
          registerAfricasTalking(scope, { gateway, faults, ...sms, pause, hold });
        });
      }
      registerSandboxRoutes(app, { ...sandboxRoutes, defaultRegion: options.defaultRegion });
      registerPage(app);
      app.addHook('preClose', async () => lifetime.close());
    },
    smtpUrl: mailServer?.smtpUrl ?? '',
    faults,
    keys,
    async close() {
      lifetime.close();
      callbacks.close();
      await mailServer?.close();
    },
  };
}
