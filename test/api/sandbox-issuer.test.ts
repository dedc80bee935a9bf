// Owns the facts about the local token issuer: Auth0's grants, refusals and keys.

import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { permissions } from '../../src/identity/identity.ts';
import { type Answered, audience, clientId, type StandIns, startStandIns } from '../support/sandbox.ts';

let world: StandIns;
let nowMs: number;

beforeAll(async () => {
  world = await startStandIns({ clock: () => new Date(nowMs) });
});
afterEach(() => world.send('DELETE', '/sandbox/faults'));
afterAll(() => world.stop());

const token = (form: Record<string, string>) => world.post('/oauth/token', form);
const signIn = { grant_type: 'password', username: 'jane.doe@agizo.test', password: 'agizo' };
const machine = { grant_type: 'client_credentials', client_id: 'agizo-machine', client_secret: 'agizo', audience };

async function jwks(): Promise<JSONWebKeySet> {
  return (await world.get('/.well-known/jwks.json')).json();
}

async function verified(accessToken: string): Promise<Record<string, unknown>> {
  const options = { algorithms: ['RS256'], issuer: `${world.url}/`, audience, currentDate: new Date(nowMs) };
  return (await jwtVerify(accessToken, createLocalJWKSet(await jwks()), options)).payload;
}

beforeAll(() => {
  nowMs = Date.now();
});

describe('tokens', () => {
  it.each(['password', 'http://auth0.com/oauth/grant-type/password-realm'])(
    'a customer signs in by %s',
    async (grant) => {
      const answer = await token({ ...signIn, grant_type: grant, realm: 'customers', client_id: clientId, audience });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      const body = await answer.json();
      expect(body).toMatchObject({ expires_in: 86_400, token_type: 'Bearer', scope: 'openid profile email' });
      const claims = await verified(body.access_token);
      const iat = Math.floor(nowMs / 1000);
      expect(claims).toEqual({
        iss: `${world.url}/`,
        sub: expect.stringMatching(/^auth0\|[0-9a-f]{24}$/),
        aud: [audience, `${world.url}/userinfo`],
        azp: clientId,
        scope: 'openid profile email',
        permissions: [],
        'https://agizo.dev/name': 'Jane Doe',
        'https://agizo.dev/email': 'jane.doe@agizo.test',
        iat,
        exp: iat + 86_400,
      });
      expect(decodeJwt(body.id_token)).toMatchObject({ aud: clientId, sub: claims['sub'], name: 'Jane Doe' });
    },
  );

  it('reads JSON as well as a form', async () => {
    const answer = await world.send('POST', '/oauth/token', signIn);
    expect(answer.status).toBe(200);
  });

  it('the same user name is the same subject, however it is written', async () => {
    const subjects = [];
    for (const username of ['jane.doe@agizo.test', ' Jane.Doe@Agizo.Test ', 'john@agizo.test']) {
      const { access_token } = await (await token({ ...signIn, username })).json();
      subjects.push(decodeJwt(access_token).sub);
    }
    expect(subjects[0]).toBe(subjects[1]);
    expect(subjects[0]).not.toBe(subjects[2]);
  });

  it('staff hold every permission', async () => {
    const { access_token } = await (await token({ ...signIn, username: 'staff@agizo.test' })).json();
    expect((await verified(access_token))['permissions']).toEqual(permissions);
  });

  it('a machine gets a machine token, its secret in the body or by Basic', async () => {
    const { client_id, client_secret, ...rest } = machine;
    const basic = { authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}` };
    for (const answer of [await token(machine), await world.post('/oauth/token', rest, basic)]) {
      expect(answer.status).toBe(200);
      const claims = await verified((await answer.json()).access_token);
      expect(claims).toMatchObject({
        sub: 'agizo-machine@clients',
        gty: 'client-credentials',
        azp: 'agizo-machine',
        aud: audience,
        scope: permissions.join(' '),
        permissions,
      });
    }
  });

  it('a refresh token renews the access token and is none itself', async () => {
    const first = await (await token({ ...signIn, scope: 'openid offline_access' })).json();
    const renew = { grant_type: 'refresh_token', refresh_token: first.refresh_token, client_id: clientId };
    const renewed = await (await token(renew)).json();
    expect(renewed).not.toHaveProperty('refresh_token');
    expect((await verified(renewed.access_token))['sub']).toBe(decodeJwt(first.access_token).sub);
    await expect(verified(first.refresh_token)).rejects.toThrow('"aud"');
    for (const bad of [first.access_token, 'nonsense', `${first.refresh_token.slice(0, -4)}AAAA`]) {
      const answer = await token({ ...renew, refresh_token: bad });
      expect([answer.status, (await answer.json()).error]).toEqual([403, 'invalid_grant']);
    }
  });

  it.each([
    ['a wrong password', { ...signIn, password: 'wrong' }, 403, 'invalid_grant'],
    ['somebody from elsewhere', { ...signIn, username: 'jane@example.com' }, 403, 'invalid_grant'],
    ['a name that only contains agizo.test', { ...signIn, username: 'x@agizo.test.evil.org' }, 403, 'invalid_grant'],
    ['no password', { grant_type: 'password', username: 'a@agizo.test' }, 400, 'invalid_request'],
    ['no grant type', {}, 400, 'invalid_request'],
    ['an unknown grant type', { grant_type: 'implicit' }, 403, 'unsupported_grant_type'],
    ['another audience', { ...signIn, audience: 'https://elsewhere.test/' }, 403, 'access_denied'],
    ['a wrong client secret', { ...machine, client_secret: 'wrong' }, 401, 'access_denied'],
    ['an unknown machine', { ...machine, client_id: clientId }, 401, 'access_denied'],
    ["the machine's id without its secret", { ...signIn, client_id: 'agizo-machine' }, 401, 'access_denied'],
  ])('refuses %s', async (_what, form, status, error) => {
    const answer = await token(form);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toEqual({ error, error_description: expect.any(String) });
  });

  it('answers a body it cannot read in its own form too', async () => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${world.url}/oauth/token`, { method: 'POST', headers, body: '{' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ error: 'invalid_request', error_description: 'The body is not valid JSON.' });
  });
});

const userinfo = (authorization: string): Promise<Answered> =>
  fetch(`${world.url}/userinfo`, { headers: { authorization } });

describe('/userinfo', () => {
  it('tells name and e-mail as far as the scope goes', async () => {
    const whole = await (await token(signIn)).json();
    const sub = decodeJwt(whole.access_token).sub;
    expect(await (await userinfo(`Bearer ${whole.access_token}`)).json()).toEqual({
      sub,
      name: 'Jane Doe',
      nickname: 'jane.doe',
      email: 'jane.doe@agizo.test',
      email_verified: true,
    });
    const bare = await (await token({ ...signIn, scope: 'openid' })).json();
    expect(await (await userinfo(`Bearer ${bare.access_token}`)).json()).toEqual({ sub });
  });

  it('knows who a token without names belongs to', async () => {
    const { sub } = decodeJwt((await (await token(signIn)).json()).access_token);
    const claims = { iss: `${world.url}/`, sub: sub ?? '', aud: `${world.url}/userinfo`, scope: 'openid email' };
    const bare = await world.sandbox.keys.sign({ ...claims, exp: Math.floor(nowMs / 1000) + 60 });
    expect((await (await userinfo(`Bearer ${bare}`)).json()).email).toBe('jane.doe@agizo.test');
  });

  it('refuses an expired token, a machine token and none', async () => {
    const { access_token } = await (await token(signIn)).json();
    const machineToken = (await (await token(machine)).json()).access_token;
    nowMs += 86_401_000;
    for (const header of [`Bearer ${access_token}`, `Bearer ${machineToken}`, 'Bearer x', 'Basic x', '']) {
      const answer = await userinfo(header);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    }
    nowMs -= 86_401_000;
  });
});

describe('keys and faults', () => {
  it('describes itself', async () => {
    const metadata = await (await world.get('/.well-known/openid-configuration')).json();
    expect(metadata.issuer).toBe(`${world.url}/`);
    expect(metadata.jwks_uri).toBe(`${world.url}/.well-known/jwks.json`);
    expect(metadata.code_challenge_methods_supported).toEqual(['S256']);
  });

  it('publishes the current and the next key, and nothing private', async () => {
    const { keys } = await jwks();
    expect(keys).toHaveLength(2);
    for (const key of keys) expect(Object.keys(key).toSorted()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
  });

  it('rotates to the key that was published as next; old tokens stay good', async () => {
    const before = (await (await token(signIn)).json()).access_token;
    const next = (await jwks()).keys[1]?.kid;
    await world.send('POST', '/sandbox/faults', { issuer: { rotate: 'graceful' } });
    const after = (await (await token(signIn)).json()).access_token;
    expect(decodeProtectedHeader(after).kid).toBe(next);
    await expect(verified(before)).resolves.toBeDefined();
    await expect(verified(after)).resolves.toBeDefined();
  });

  it('in an emergency all keys are new and old tokens worth nothing', async () => {
    const before = (await (await token(signIn)).json()).access_token;
    await world.send('POST', '/sandbox/faults', { issuer: { rotate: 'emergency' } });
    await expect(verified(before)).rejects.toThrow('no applicable key');
    await expect(verified((await (await token(signIn)).json()).access_token)).resolves.toBeDefined();
  });

  it('goes down where it is told to, for as often as it is told to', async () => {
    await world.send('POST', '/sandbox/faults', { issuer: { status: 503, endpoints: ['jwks'], times: 2 } });
    expect((await world.get('/.well-known/openid-configuration')).status).toBe(200);
    const statuses = [];
    for (let index = 0; index < 3; index++) statuses.push((await world.get('/.well-known/jwks.json')).status);
    expect(statuses).toEqual([503, 503, 200]);
  });

  it('a token outlives a restart when the keys are kept', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'agizo-keys-'));
    const keyFile = join(folder, 'data', 'keys.json');
    const first = await startStandIns({ keyFile });
    const keys = await (await first.get('/.well-known/jwks.json')).text();
    await first.stop();
    expect((await stat(keyFile)).mode & 0o077).toBe(0);
    const second = await startStandIns({ keyFile });
    expect(await (await second.get('/.well-known/jwks.json')).text()).toBe(keys);
    await second.stop();
    await rm(folder, { recursive: true });
  });
});
