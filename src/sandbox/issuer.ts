// Owns the grants of the local token issuer: what is asked for, what is checked, and what tokens come of it, as Auth0 does.

import { createHash, randomBytes } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { createCache } from '../platform/cache.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import { findPerson, machine, type Person, password } from './people.ts';

/** A refusal in OAuth's form (RFC 6749, section 5.2), with the status that Auth0 answers with. */
export class OauthError extends Error {
  readonly status: number;
  readonly error: string;

  constructor(status: number, error: string, description: string) {
    super(description);
    this.status = status;
    this.error = error;
  }
}

export interface IssuerOptions {
  /** With the trailing slash, as in `iss`. */
  issuer: string;
  audience: string;
  /** The public client that is meant when a sign-in names none. */
  clientId: string;
  clock: () => Date;
}

/** The parameters of a request, as form or JSON brought them. */
export type Parameters = Readonly<Record<string, string | undefined>>;

interface TokenResponse {
  access_token: string;
  id_token?: string;
  refresh_token?: string;
  scope?: string;
  expires_in: number;
  token_type: 'Bearer';
}

interface SignedIn {
  person: Person;
  clientId: string;
  scope: string;
  nonce?: string | undefined;
}

interface IssuedCode extends SignedIn {
  redirectUri: string;
  codeChallenge: string;
  expiresAtMs: number;
}

export interface Issuer {
  /** `POST /oauth/token`. @throws OauthError */
  grant(parameters: Parameters): Promise<TokenResponse>;
  /** The person with this user name and password. @throws OauthError */
  signIn(username: string | undefined, secret: string | undefined): Person;
  /** A code for `redirectUri` that is good once, for a minute. */
  issueCode(code: Omit<IssuedCode, 'expiresAtMs'>): string;
  /** What `/userinfo` says of an access token's owner. @throws OauthError */
  userinfo(accessToken: string): Promise<Record<string, unknown>>;
}

const expiresInSeconds = 86_400;
const refreshExpiresInSeconds = 30 * 86_400;
const codeLifeMs = 60_000;
const maxCodes = 10_000;
const maxPeople = 10_000;
const defaultScope = 'openid profile email';
const knownScopes = new Set(['openid', 'profile', 'email', 'offline_access']);

const nameClaim = 'https://agizo.dev/name';
const emailClaim = 'https://agizo.dev/email';

const invalidGrant = (description: string) => new OauthError(403, 'invalid_grant', description);

export function createIssuer(options: IssuerOptions, keys: IssuerKeys): Issuer {
  const { issuer, audience, clock } = options;
  const userinfoAudience = `${issuer}userinfo`;
  // A refresh token is for this endpoint and nobody else: the service refuses it by its audience.
  const refreshAudience = `${issuer}oauth/token`;
  const codes = new Map<string, IssuedCode>();
  const people = createCache<Person>(maxPeople);

  const sign = (claims: JWTPayload, lifeSeconds: number) => {
    const iat = Math.floor(clock().getTime() / 1000);
    return keys.sign({ iss: issuer, ...claims, iat, exp: iat + lifeSeconds });
  };

  function signIn(username: string | undefined, secret: string | undefined): Person {
    const person = findPerson(required('username', username));
    if (!person || required('password', secret) !== password) throw invalidGrant('Wrong email or password.');
    people.set(person.subject, person);
    return person;
  }

  async function tokensFor({ person, clientId, scope, nonce }: SignedIn): Promise<TokenResponse> {
    const scopes = scope.split(' ');
    const isOpenid = scopes.includes('openid');
    const who = { sub: person.subject, azp: clientId };
    const [access, id, refresh] = await Promise.all([
      sign(
        {
          [nameClaim]: person.name,
          [emailClaim]: person.email,
          ...who,
          aud: isOpenid ? [audience, userinfoAudience] : audience,
          scope,
          permissions: person.permissions,
        },
        expiresInSeconds,
      ),
      isOpenid
        ? sign({ ...openidClaims(person, scopes), aud: clientId, ...(nonce && { nonce }) }, expiresInSeconds)
        : undefined,
      scopes.includes('offline_access')
        ? sign({ ...who, aud: refreshAudience, username: person.email, scope }, refreshExpiresInSeconds)
        : undefined,
    ]);
    return {
      access_token: access,
      ...(id && { id_token: id }),
      ...(refresh && { refresh_token: refresh }),
      scope,
      expires_in: expiresInSeconds,
      token_type: 'Bearer',
    };
  }

  function assertAudience(asked: string | undefined): void {
    if (asked === undefined || asked === '' || asked === audience) return;
    throw new OauthError(403, 'access_denied', `Service not found: ${asked}`);
  }

  function byPassword(parameters: Parameters): Promise<TokenResponse> {
    assertAudience(parameters['audience']);
    const person = signIn(parameters['username'], parameters['password']);
    return tokensFor({ person, clientId: publicClient(parameters), scope: grantedScope(parameters['scope']) });
  }

  async function byClientCredentials(parameters: Parameters): Promise<TokenResponse> {
    const clientId = required('client_id', parameters['client_id']);
    if (clientId !== machine.clientId || parameters['client_secret'] !== machine.clientSecret) {
      throw new OauthError(401, 'access_denied', 'Unauthorized');
    }
    assertAudience(parameters['audience']);
    const scope = machine.permissions.join(' ');
    const claims = {
      sub: `${clientId}@clients`,
      aud: audience,
      azp: clientId,
      gty: 'client-credentials',
      scope,
      permissions: machine.permissions,
    };
    return {
      access_token: await sign(claims, expiresInSeconds),
      scope,
      expires_in: expiresInSeconds,
      token_type: 'Bearer',
    };
  }

  function byCode(parameters: Parameters): Promise<TokenResponse> {
    const code = required('code', parameters['code']);
    const issued = codes.get(code);
    codes.delete(code);
    if (!issued || issued.expiresAtMs < clock().getTime() || publicClient(parameters) !== issued.clientId) {
      throw invalidGrant('Invalid authorization code');
    }
    if (required('redirect_uri', parameters['redirect_uri']) !== issued.redirectUri) {
      throw invalidGrant('The redirect URI is not the one the code was issued for.');
    }
    if (challengeOf(required('code_verifier', parameters['code_verifier'])) !== issued.codeChallenge) {
      throw invalidGrant('Failed to verify code verifier');
    }
    return tokensFor(issued);
  }

  async function byRefreshToken(parameters: Parameters): Promise<TokenResponse> {
    const token = required('refresh_token', parameters['refresh_token']);
    const claims = await keys
      .verify(token, { issuer, audience: refreshAudience, now: clock() })
      .catch((): JWTPayload => ({}));
    const person = findPerson(String(claims['username']));
    const clientId = publicClient(parameters);
    if (!person || claims['azp'] !== clientId) throw invalidGrant('Unknown or invalid refresh token.');
    people.set(person.subject, person);
    const { refresh_token: _another, ...tokens } = await tokensFor({
      person,
      clientId,
      scope: String(claims['scope']),
    });
    return tokens;
  }

  /** Signing in is open to any front end a developer writes; the machine's id needs its secret everywhere. */
  function publicClient(parameters: Parameters): string {
    const clientId = parameters['client_id'] || options.clientId;
    if (clientId === machine.clientId && parameters['client_secret'] !== machine.clientSecret) {
      throw new OauthError(401, 'access_denied', 'Unauthorized');
    }
    return clientId;
  }

  return {
    async grant(parameters) {
      const grantType = required('grant_type', parameters['grant_type']);
      if (grantType === 'password' || grantType === 'http://auth0.com/oauth/grant-type/password-realm') {
        return byPassword(parameters);
      }
      if (grantType === 'client_credentials') return byClientCredentials(parameters);
      if (grantType === 'authorization_code') return byCode(parameters);
      if (grantType === 'refresh_token') return byRefreshToken(parameters);
      throw new OauthError(403, 'unsupported_grant_type', `Unsupported grant type: ${grantType}`);
    },
    signIn,
    issueCode(code) {
      const value = randomBytes(32).toString('base64url');
      const [oldest] = codes.keys();
      if (oldest !== undefined && codes.size >= maxCodes) codes.delete(oldest);
      codes.set(value, { ...code, expiresAtMs: clock().getTime() + codeLifeMs });
      return value;
    },
    async userinfo(accessToken) {
      const claims = await keys
        .verify(accessToken, { issuer, audience: userinfoAudience, now: clock() })
        .catch((): JWTPayload => ({}));
      const subject = claims.sub ?? '';
      const person = findPerson(String(claims[emailClaim])) ?? people.get(subject);
      if (!person || person.subject !== subject) throw new OauthError(401, 'invalid_token', 'Unauthorized');
      return openidClaims(person, String(claims['scope']).split(' '));
    },
  };
}

/** @throws OauthError naming the parameter that is missing. */
export function required(name: string, value: string | undefined): string {
  if (value === undefined || value === '') {
    throw new OauthError(400, 'invalid_request', `Missing required parameter: ${name}`);
  }
  return value;
}

/** What of the asked scopes this issuer knows; the usual three when none is asked for. */
export function grantedScope(asked: string | undefined): string {
  const scopes = (asked || defaultScope).split(/\s+/).filter((scope) => knownScopes.has(scope));
  return [...new Set(scopes)].join(' ');
}

/** PKCE's S256 (RFC 7636, section 4.2). */
const challengeOf = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url');

function openidClaims(person: Person, scopes: string[]): { sub: string } & Record<string, unknown> {
  return {
    sub: person.subject,
    ...(scopes.includes('profile') && { name: person.name, nickname: person.email.split('@')[0] }),
    ...(scopes.includes('email') && { email: person.email, email_verified: true }),
  };
}
