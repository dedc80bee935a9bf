// Owns the facts about signing in at the local token issuer: its page, PKCE, codes, and where it sends nobody.

import { createHash, randomBytes } from 'node:crypto';
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { audience, clientId, type StandIns, startStandIns } from '../support/sandbox.ts';

let world: StandIns;
let nowMs: number;

beforeAll(async () => {
  world = await startStandIns({ clock: () => new Date(nowMs) });
  nowMs = Date.now();
});
afterAll(() => world.stop());

const token = (form: Record<string, string>) => world.post('/oauth/token', form);

async function verified(accessToken: string): Promise<Record<string, unknown>> {
  const keys: JSONWebKeySet = await (await world.get('/.well-known/jwks.json')).json();
  const options = { algorithms: ['RS256'], issuer: `${world.url}/`, audience, currentDate: new Date(nowMs) };
  return (await jwtVerify(accessToken, createLocalJWKSet(keys), options)).payload;
}

const verifier = randomBytes(32).toString('base64url');
const request = () => ({
  response_type: 'code',
  client_id: clientId,
  redirect_uri: `${world.url}/docs/static/oauth2-redirect.html`,
  scope: 'openid profile email',
  state: 'xyz "><script>',
  nonce: 'n-1',
  audience,
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
});
const authorize = (parameters: Record<string, string>) =>
  world.get(`/authorize?${new URLSearchParams(parameters).toString()}`);
const submit = (more: Record<string, string> = {}) =>
  world.post('/authorize', { ...request(), username: 'jane.doe@agizo.test', password: 'agizo', ...more });
const locationOf = (answer: Response) => new URL(answer.headers.get('location') ?? '');
const exchange = (code: string, more: Record<string, string> = {}) =>
  token({
    grant_type: 'authorization_code',
    client_id: clientId,
    code,
    code_verifier: verifier,
    redirect_uri: request().redirect_uri,
    ...more,
  });

it('shows a sign-in page that runs no scripts, with what was sent made harmless', async () => {
  const answer = await authorize(request());
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  const html = await answer.text();
  expect(html).toContain('xyz &quot;&gt;&lt;script&gt;');
  expect(html).not.toContain('<script');
  expect((await world.get('/sandbox/page/sign-in.css')).status).toBe(200);
});

it('signs in with PKCE, and the code is good once', async () => {
  const back = locationOf(await submit());
  expect(back.href.startsWith(request().redirect_uri)).toBe(true);
  expect(back.searchParams.get('state')).toBe(request().state);
  const code = back.searchParams.get('code') ?? '';
  const answer = await exchange(code);
  expect(answer.status).toBe(200);
  const body = await answer.json();
  expect((await verified(body.access_token))['https://agizo.dev/name']).toBe('Jane Doe');
  expect(decodeJwt(body.id_token)['nonce']).toBe('n-1');
  expect((await exchange(code)).status).toBe(403);
});

it.each([
  ['another verifier', { code_verifier: 'wrong' }],
  ['another redirect', { redirect_uri: 'http://localhost:1/' }],
  ['another client', { client_id: 'somebody-else' }],
])('a code is worth nothing with %s', async (_what, more) => {
  const code = locationOf(await submit()).searchParams.get('code') ?? '';
  const answer = await exchange(code, more);
  expect([answer.status, (await answer.json()).error]).toEqual([403, 'invalid_grant']);
});

it('a code is worth nothing after a minute', async () => {
  const code = locationOf(await submit()).searchParams.get('code') ?? '';
  nowMs += 61_000;
  expect((await exchange(code)).status).toBe(403);
  nowMs -= 61_000;
});

it('asks again after a wrong password', async () => {
  const answer = await submit({ password: 'wrong' });
  expect(answer.status).toBe(403);
  const html = await answer.text();
  expect(html).toContain('role="alert"');
  expect(html).toContain('value="jane.doe@agizo.test"');
});

it.each(['https://evil.example/', 'http://localhost.evil.example/', 'javascript:alert(1)', 'http://localhost/#x', ''])(
  'sends nobody to "%s"',
  async (redirect_uri) => {
    for (const answer of [await authorize({ ...request(), redirect_uri }), await submit({ redirect_uri })]) {
      expect(answer.status).toBe(400);
      expect(answer.headers.get('location')).toBeNull();
    }
  },
);

it.each([
  ['no challenge', { code_challenge: '' }, 'invalid_request'],
  ['a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
  ['the implicit flow', { response_type: 'token' }, 'unsupported_response_type'],
  ['another audience', { audience: 'https://elsewhere.test/' }, 'access_denied'],
  ['silence', { prompt: 'none' }, 'login_required'],
])('returns with an error when asked for %s', async (_what, more, error) => {
  const back = locationOf(await authorize({ ...request(), ...more }));
  expect(back.searchParams.get('error')).toBe(error);
  expect(back.searchParams.get('state')).toBe(request().state);
});

it('leads whoever signs out back to the page that they left, and nobody to a stranger', async () => {
  const discovered = await (await world.get('/.well-known/openid-configuration')).json();
  expect(discovered.end_session_endpoint).toBe(`${world.url}/oidc/logout`);
  const logout = (uri: string) =>
    world.get(`/oidc/logout?${new URLSearchParams({ post_logout_redirect_uri: uri, state: 's 1' }).toString()}`);
  const back = await logout(`${world.url}/console/`);
  expect([back.status, locationOf(back).href]).toEqual([303, `${world.url}/console/?state=s+1`]);
  const refused = await logout('https://stranger.example/');
  expect([refused.status, refused.headers.get('location')]).toEqual([400, null]);
});
