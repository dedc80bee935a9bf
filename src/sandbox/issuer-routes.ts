// Owns the token issuer's endpoints, at the addresses and with the answers of Auth0.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../platform/http.ts';
import type { Faults, IssuerFault } from './faults.ts';
import { grantedScope, type Issuer, OauthError, type Parameters, required } from './issuer.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import { open, statusOf } from './open-route.ts';
import { type SignInForm, signInPage, signInRefusedPage } from './sign-in-page.ts';

export interface IssuerRoutesDeps {
  issuer: Issuer;
  keys: IssuerKeys;
  faults: Faults;
  /** With the trailing slash. */
  issuerUrl: string;
  publicUrl: string;
  audience: string;
  clientId: string;
  /** Resolves after so long, at once for 0, or when the stand-in closes. */
  pause: (delayMs: number) => Promise<void>;
}

type Endpoint = NonNullable<IssuerFault['endpoints']>[number];

const maxParameterLength = 4_096;
const parameterNames = [
  'response_type',
  'client_id',
  'redirect_uri',
  'scope',
  'state',
  'nonce',
  'audience',
  'code_challenge',
  'code_challenge_method',
  'prompt',
  'login_hint',
] as const;

export function registerIssuer(app: App, deps: IssuerRoutesDeps): void {
  const { issuer, keys, issuerUrl } = deps;

  app.setErrorHandler((error: Error, request, reply) => {
    if (error instanceof OauthError) return sendError(reply, error);
    const status = statusOf(error);
    if (status >= 500) request.log.error({ err: error }, 'the token issuer failed');
    const description = status >= 500 ? 'The token issuer failed.' : error.message;
    return sendError(reply, new OauthError(status, status >= 500 ? 'server_error' : 'invalid_request', description));
  });

  /** Throws what the issuer was told to fail with, after the delay it was told to take. */
  async function misbehave(endpoint: Endpoint): Promise<void> {
    const fault = deps.faults.issuer.strike(({ endpoints }) => endpoints?.includes(endpoint) ?? true);
    await deps.pause(fault?.delay_ms ?? 0);
    if (fault?.status) throw new OauthError(fault.status, 'temporarily_unavailable', 'The issuer was told to fail.');
  }

  app.get('/.well-known/openid-configuration', open, async (request) => {
    await misbehave('openid_configuration');
    return discovery(issuerUrl, `${request.baseUrl}/`);
  });

  app.get('/.well-known/jwks.json', open, async () => {
    await misbehave('jwks');
    return keys.jwks();
  });

  app.post('/oauth/token', open, async (request, reply) => {
    await misbehave('token');
    const parameters = withBasicCredentials(request, parametersOf(request.body));
    return reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache' }).send(await issuer.grant(parameters));
  });

  const userinfo = async (request: FastifyRequest) => {
    await misbehave('userinfo');
    const [scheme, token] = (request.headers.authorization ?? '').split(' ');
    if (scheme?.toLowerCase() !== 'bearer' || !token) throw new OauthError(401, 'invalid_token', 'Unauthorized');
    return issuer.userinfo(token);
  };
  app.get('/userinfo', open, userinfo);
  app.post('/userinfo', open, userinfo);

  registerAuthorize(app, deps);
  registerLogout(app, deps);
}

/** Logout begun by a client (OpenID Connect RP-Initiated Logout 1.0), at Auth0's address. There is no session to end: it leads back. */
function registerLogout(app: App, deps: IssuerRoutesDeps): void {
  app.get('/oidc/logout', open, async (request, reply) => {
    const { post_logout_redirect_uri: wanted, state } = parametersOf(request.query);
    const back = allowedRedirect(wanted ?? deps.publicUrl, [deps.publicUrl, request.baseUrl]);
    return back ? redirect(reply, back, { state }) : refuse(reply, wanted);
  });
}

/** The authorization code flow with PKCE (RFC 6749, section 4.1; RFC 7636). */
function registerAuthorize(app: App, deps: IssuerRoutesDeps): void {
  app.get('/authorize', open, async (request, reply) => {
    const parameters = parametersOf(request.query);
    const redirectUri = allowedRedirect(parameters['redirect_uri'], [deps.publicUrl, request.baseUrl]);
    if (!redirectUri) return refuse(reply, parameters['redirect_uri']);
    const problem = problemOf(parameters, deps.audience);
    if (problem) return redirect(reply, redirectUri, { ...problem, state: parameters['state'] });
    // There is no session to continue without asking.
    if (parameters['prompt'] === 'none') {
      const error = { error: 'login_required', error_description: 'Login required' };
      return redirect(reply, redirectUri, { ...error, state: parameters['state'] });
    }
    return sendForm(reply, redirectUri, parameters, { username: parameters['login_hint'] ?? '' });
  });

  app.post('/authorize', open, async (request, reply) => {
    const parameters = parametersOf(request.body);
    const redirectUri = allowedRedirect(parameters['redirect_uri'], [deps.publicUrl, request.baseUrl]);
    if (!redirectUri) return refuse(reply, parameters['redirect_uri']);
    const problem = problemOf(parameters, deps.audience);
    if (problem) return redirect(reply, redirectUri, { ...problem, state: parameters['state'] });
    try {
      const person = deps.issuer.signIn(parameters['username'], parameters['password']);
      const code = deps.issuer.issueCode({
        person,
        clientId: parameters['client_id'] || deps.clientId,
        scope: grantedScope(parameters['scope']),
        nonce: parameters['nonce'],
        redirectUri: required('redirect_uri', parameters['redirect_uri']),
        codeChallenge: required('code_challenge', parameters['code_challenge']),
      });
      return redirect(reply, redirectUri, { code, state: parameters['state'] });
    } catch (error) {
      if (!(error instanceof OauthError)) throw error;
      const username = parameters['username'] ?? '';
      return sendForm(reply.code(error.status), redirectUri, parameters, { username, error: error.message });
    }
  });
}

/** The issuer has one name, which is in every token; its endpoints are where they were asked for. */
function discovery(issuerUrl: string, endpointsUrl: string): Record<string, unknown> {
  return {
    issuer: issuerUrl,
    authorization_endpoint: `${endpointsUrl}authorize`,
    token_endpoint: `${endpointsUrl}oauth/token`,
    userinfo_endpoint: `${endpointsUrl}userinfo`,
    end_session_endpoint: `${endpointsUrl}oidc/logout`,
    jwks_uri: `${endpointsUrl}.well-known/jwks.json`,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: [
      'authorization_code',
      'refresh_token',
      'client_credentials',
      'password',
      'http://auth0.com/oauth/grant-type/password-realm',
    ],
    code_challenge_methods_supported: ['S256'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    claims_supported: ['aud', 'iss', 'sub', 'iat', 'exp', 'name', 'nickname', 'email', 'email_verified'],
  };
}

function sendError(reply: FastifyReply, error: OauthError): FastifyReply {
  if (error.status === 401) void reply.header('www-authenticate', `Bearer error="${error.error}"`);
  return reply
    .code(error.status)
    .header('cache-control', 'no-store')
    .type('application/json')
    .send({ error: error.error, error_description: error.message });
}

/** The text members of a body or query; of a parameter sent twice, neither counts (RFC 6749, section 3.1). */
function parametersOf(source: unknown): Parameters {
  if (typeof source !== 'object' || source === null) return {};
  const texts = Object.entries(source).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1].length <= maxParameterLength,
  );
  return Object.fromEntries(texts);
}

/** A client may prove itself by HTTP Basic instead of in the body (RFC 6749, section 2.3.1). */
function withBasicCredentials(request: FastifyRequest, parameters: Parameters): Parameters {
  const [scheme, encoded] = (request.headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'basic' || !encoded) return parameters;
  const [clientId, clientSecret] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return { ...parameters, client_id: clientId, client_secret: clientSecret };
}

/** The service's own pages and a developer's own machine may be sent a code; nobody else. */
function allowedRedirect(uri: string | undefined, own: readonly string[]): URL | undefined {
  if (!uri || !URL.canParse(uri)) return undefined;
  const url = new URL(uri);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  const isHttp = url.protocol === 'http:' || url.protocol === 'https:';
  const isPlain = url.hash === '' && url.username === '' && url.password === '';
  return isHttp && isPlain && (isLocal || own.some((each) => url.origin === new URL(each).origin)) ? url : undefined;
}

const invalid = (error_description: string) => ({ error: 'invalid_request', error_description });

function problemOf(parameters: Parameters, audience: string): { error: string; error_description: string } | undefined {
  if (parameters['response_type'] !== 'code') {
    return { error: 'unsupported_response_type', error_description: 'Only response_type=code is supported.' };
  }
  if (!parameters['code_challenge']) return invalid('Missing required parameter: code_challenge');
  if (parameters['code_challenge_method'] !== 'S256') return invalid('Only code_challenge_method=S256 is supported.');
  const asked = parameters['audience'];
  if (asked && asked !== audience) {
    return { error: 'access_denied', error_description: `Service not found: ${asked}` };
  }
  return undefined;
}

function redirect(reply: FastifyReply, to: URL, parameters: Record<string, string | undefined>): FastifyReply {
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) to.searchParams.set(name, value);
  return reply.header('cache-control', 'no-store').redirect(to.href, 303);
}

function sendForm(
  reply: FastifyReply,
  redirectUri: URL,
  parameters: Parameters,
  form: Pick<SignInForm, 'username' | 'error'>,
): FastifyReply {
  const carried = parameterNames.flatMap((name) => {
    const value = parameters[name];
    return value === undefined ? [] : [[name, value]];
  });
  const { origin } = redirectUri;
  return sendPage(
    reply,
    origin,
    signInPage({ parameters: Object.fromEntries(carried), redirectOrigin: origin, ...form }),
  );
}

function refuse(reply: FastifyReply, uri: string | undefined): FastifyReply {
  const detail = uri
    ? `The address to return to, ${uri}, is neither this service's own nor on this machine.`
    : 'It does not say where to return to: redirect_uri is missing.';
  return sendPage(reply.code(400), '', signInRefusedPage(detail));
}

/** Browsers apply `form-action` to the redirect after the form too, so it names where that leads. */
function sendPage(reply: FastifyReply, formTarget: string, html: string): FastifyReply {
  const policy = `default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' ${formTarget}; frame-ancestors 'none'; base-uri 'none'`;
  return reply
    .headers({ 'content-security-policy': policy, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    .type('text/html; charset=utf-8')
    .send(html);
}
