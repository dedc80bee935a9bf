// Owns who is signed in: OpenID Connect with PKCE, the token kept in this tab and renewed before it ends.

import { UserManager, WebStorageStateStore } from 'oidc-client-ts';
import type { ConsoleConfig } from './config.ts';

export interface Session {
  token(): Promise<string | undefined>;
  /** Leaves for the issuer's page, and comes back to where this was called. */
  signIn(): Promise<void>;
  /** Of the console, and of the issuer where it can be told. */
  signOut(): Promise<void>;
  /** On the way back from the issuer: to which page of the console. */
  finish(): Promise<string>;
}

export const returnPath = 'signed-in';
/** What was typed and not sent, in the tab's storage: it is nobody else's. */
export const draftPrefix = 'draft ';

export function createSession(config: ConsoleConfig): Session {
  const manager = new UserManager({
    authority: config.issuer,
    metadataUrl: config.metadata_url,
    client_id: config.client_id,
    redirect_uri: new URL(returnPath, document.baseURI).href,
    post_logout_redirect_uri: document.baseURI,
    response_type: 'code',
    scope: 'openid profile email offline_access',
    extraQueryParams: { audience: config.audience },
    userStore: new WebStorageStateStore({ store: sessionStorage }),
    loadUserInfo: false,
    monitorSession: false,
  });
  return {
    async token() {
      const user = await manager.getUser();
      return user === null || user.expired === true ? undefined : user.access_token;
    },
    signIn: () => manager.signinRedirect({ state: location.href }),
    async signOut() {
      for (const name of Object.keys(sessionStorage)) if (name.startsWith(draftPrefix)) sessionStorage.removeItem(name);
      // The issuer remembers people too: who comes next to this desk would be signed in as who has just left.
      const logout = await manager.metadataService.getEndSessionEndpoint().catch(() => undefined);
      if (logout !== undefined) return manager.signoutRedirect();
      await manager.removeUser();
      location.assign(document.baseURI);
    },
    async finish() {
      const user = await manager.signinRedirectCallback();
      const back = typeof user.state === 'string' ? user.state : document.baseURI;
      return back.startsWith(document.baseURI) ? back : document.baseURI;
    },
  };
}
