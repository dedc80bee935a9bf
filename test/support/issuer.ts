// Owns a token issuer under the test's control, for what the sandbox's never does: rotating keys, failing, lying.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

type Manner = 'well' | 'fails' | 'hangs' | 'lies' | 'floods';

interface SigningKey {
  kid: string;
  privateKey: CryptoKey;
  jwk: JWK;
}

export const audience = 'https://agizo.test/api';

export interface TestIssuer {
  /** With the slash, as Auth0 writes it. */
  url: string;
  /** How it answers from now on. */
  manner: Manner;
  /** How often each path was asked for. */
  asked: Map<string, number>;
  /** What /userinfo answers. */
  userinfo: { status: number; body: Record<string, unknown> };
  /** What the key set holds besides the issuer's own keys. */
  otherKeys: unknown[];
  /** The key it signs with. */
  current(): SigningKey;
  /** A token for `audience` that is good for an hour, save where `claims` say otherwise; `kid` null leaves the key unnamed. */
  sign(claims?: Record<string, unknown>, kid?: string | null, key?: SigningKey): Promise<string>;
  /** From now on signs with a new key; the one before stays published. */
  rotate(): Promise<void>;
  /** Publishes only the newest key. */
  withdrawOldKeys(): void;
  /** Frees the port and ends every connection. */
  stop(): Promise<void>;
}

/** Makes the service believe this issuer instead of the sandbox's. */
export const trusting = (issuer: TestIssuer): Record<string, string> => ({
  OIDC_ISSUER: issuer.url,
  AUTH0_IDENTIFIER: audience,
});

export async function newSigningKey(kid: string, bits = 2048): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true, modulusLength: bits });
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' } };
}

export async function startIssuer(clock: () => Date = () => new Date()): Promise<TestIssuer> {
  let current = await newSigningKey('key-1');
  let previous: SigningKey[] = [];
  let made = 1;
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    issuer.asked.set(path, (issuer.asked.get(path) ?? 0) + 1);
    if (issuer.manner === 'hangs') return;
    const send = (status: number, body: unknown) => {
      const text = JSON.stringify(body).padEnd(issuer.manner === 'floods' ? 1_000_000 : 0);
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    };
    if (issuer.manner === 'fails') return send(500, { error: 'server_error' });
    if (path === '/.well-known/openid-configuration') {
      const name = issuer.manner === 'lies' ? 'https://elsewhere.test/' : issuer.url;
      return send(200, { issuer: name, jwks_uri: `${issuer.url}keys`, userinfo_endpoint: `${issuer.url}userinfo` });
    }
    if (path === '/keys')
      return send(200, { keys: [...issuer.otherKeys, ...[...previous, current].map((key) => key.jwk)] });
    if (path === '/userinfo') return send(issuer.userinfo.status, issuer.userinfo.body);
    return send(404, {});
  });
  const url = await listen(server);

  const issuer: TestIssuer = {
    url,
    manner: 'well',
    asked: new Map(),
    userinfo: { status: 401, body: {} },
    otherKeys: [],
    current: () => current,
    sign(claims = {}, kid?, key = current) {
      const seconds = Math.floor(clock().getTime() / 1000);
      const payload = { iss: url, aud: audience, sub: 'auth0|someone', iat: seconds, exp: seconds + 3600, ...claims };
      const header = { alg: 'RS256', ...(kid !== null && { kid: kid ?? key.kid }) };
      return new SignJWT(payload).setProtectedHeader(header).sign(key.privateKey);
    },
    async rotate() {
      made += 1;
      previous = [current];
      current = await newSigningKey(`key-${made}`);
    },
    withdrawOldKeys() {
      previous = [];
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return issuer;
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the issuer has no port');
  return `http://127.0.0.1:${address.port}/`;
}
