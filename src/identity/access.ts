// Owns the gate in front of every route: each declares who may call it, and one that doesn't stops the start-up.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../platform/http.ts';
import { Problem, type ProblemType } from '../platform/problem.ts';
import type { Identity, Permission } from './identity.ts';

/**
 * Who may call a route: `anyone` without a token, a `user` with any valid token, a `customer` with a person's token
 * (not a machine's), or staff (person or machine) holding the permission.
 */
export type Access = 'anyone' | 'user' | 'customer' | Permission;

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** Asked by machines that must be answered, such as probes and providers: no limit counts it. */
    isUncounted?: boolean;
  }
  interface FastifyRequest {
    /** The verified caller; where access is `anyone`, undefined unless they show a good token. */
    identity: Identity | undefined;
  }
}

export const unauthenticated: ProblemType = {
  slug: 'unauthenticated',
  status: 401,
  title: 'A valid access token is needed',
  meaning: 'The `Authorization: Bearer` token is missing, expired, or not for this service. Sign in again.',
};

export const forbidden: ProblemType = {
  slug: 'forbidden',
  status: 403,
  title: 'Not permitted',
  meaning: 'The token is valid, but it does not carry the permission that this operation asks for.',
};

/** Turns a bearer token into an identity. @throws Problem unauthenticated, or unavailable while keys can't be had. */
export type VerifyToken = (token: string) => Identity | Promise<Identity>;

/** A token was sent but is no good (RFC 6750, section 3.1). */
export const invalidToken = (detail: string): Problem =>
  new Problem(unauthenticated, detail, { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } });

const bearer = /^bearer +([^ ]+) *$/i;

function bearerToken(request: FastifyRequest): string {
  const token = bearer.exec(request.headers.authorization ?? '')?.[1];
  if (token !== undefined) return token;
  throw new Problem(unauthenticated, 'Send an access token as "Authorization: Bearer <token>".', {
    headers: { 'www-authenticate': 'Bearer' },
  });
}

function refusalFor(identity: Identity, access: Access): Problem | undefined {
  if (access === 'anyone' || access === 'user') return undefined;
  if (access === 'customer') {
    return identity.isMachine ? new Problem(forbidden, 'A machine token cannot act as a customer.') : undefined;
  }
  if (identity.permissions.has(access)) return undefined;
  return new Problem(forbidden, `This needs the permission ${access}.`, {
    headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${access}"` },
  });
}

/** Each counts a request, and answers why it may not go on. */
export interface RequestLimits {
  ofCaller(userId: string, reply: FastifyReply): Problem | undefined;
  ofAddress(request: FastifyRequest, reply: FastifyReply): Problem | undefined;
  ofFailedTokens(request: FastifyRequest): Problem | undefined;
}

/**
 * Puts the gate in front of every route registered after this call. Whoever shows a good token is counted by who they are
 * and never by where they are, also on a route that is open to anyone: a whole shop or carrier may be behind one address.
 */
export function guardRoutes(app: App, verifyToken: VerifyToken, limits?: RequestLimits): void {
  app.decorateRequest('identity', undefined);
  app.addHook('onRoute', (route) => {
    if (route.config?.access === undefined)
      throw new Error(`${String(route.method)} ${route.url} does not say who may call it`);
  });

  const nameless = (request: FastifyRequest, reply: FastifyReply, refusal?: Error): Error | undefined => {
    const isFailed = refusal instanceof Problem && refusal.type === unauthenticated;
    return limits?.ofAddress(request, reply) ?? (isFailed ? limits?.ofFailedTokens(request) : undefined) ?? refusal;
  };

  // With a callback: a token that was seen before is let through without a single promise.
  app.addHook('onRequest', (request, reply, done) => {
    const { access = 'anyone', isUncounted } = request.routeOptions.config;
    // What browsers ask beforehand carries no token, and is answered without any work.
    if (isUncounted || request.method === 'OPTIONS') return done();
    if (access === 'anyone' && request.headers.authorization === undefined) return done(nameless(request, reply));
    const admit = (identity: Identity) => {
      const refusal = limits?.ofCaller(identity.userId, reply) ?? refusalFor(identity, access);
      if (!refusal) request.identity = identity;
      done(refusal);
    };
    const refuse = (error: Error) => done(nameless(request, reply, access === 'anyone' ? undefined : error));
    let verified: ReturnType<VerifyToken>;
    try {
      verified = verifyToken(bearerToken(request));
    } catch (error) {
      return refuse(error instanceof Error ? error : new Error(String(error)));
    }
    if (verified instanceof Promise) verified.then(admit, refuse);
    else admit(verified);
  });
}

/** The caller of a route whose access is not `anyone`. */
export function callerOf(request: FastifyRequest): Identity {
  if (!request.identity) throw new Error('no caller: the route is open to anyone');
  return request.identity;
}
