// Owns under which address callers know the service: as PUBLIC_URL says, or else by the host that they asked.

import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Where this caller finds the service, without a slash at the end. */
    baseUrl: string;
  }
  interface FastifyInstance {
    /** What stands before every path of the service behind a proxy, as in `PUBLIC_URL`: `/shop`, or nothing. */
    basePath: string;
  }
}

export interface Address {
  /** Without a slash at the end. */
  publicUrl: string;
  /** Whether `publicUrl` is only a guess, because nobody has set it. */
  isGuessed: boolean;
}

/** What of a request says which address it was sent to. */
export type Asked = Pick<FastifyRequest, 'baseUrl' | 'url'>;

// A name, an IPv4 or a bracketed IPv6 address, and a port (RFC 3986, section 3.2.2): it goes into links.
const plainHost = /^(?:[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;

/** X-Forwarded-Host and X-Forwarded-Proto count only where the proxy is trusted. */
export function knowAddresses(app: FastifyInstance, { publicUrl, isGuessed }: Address): void {
  app.decorate('basePath', new URL(publicUrl).pathname.replace(/\/$/, ''));
  app.decorateRequest('baseUrl', {
    getter(this: FastifyRequest) {
      if (!isGuessed) return publicUrl;
      const { host, protocol } = this;
      const isPlain = typeof host === 'string' && plainHost.test(host) && /^https?$/.test(protocol);
      const url = `${protocol}://${host}`;
      return isPlain && URL.canParse(url) ? url : publicUrl;
    },
  });
}

/** The address that was asked for, as the caller knows it. A request line may hold a host of its own (RFC 9112, section 3.2.2): it doesn't count. */
export function addressOf({ baseUrl, url }: Asked): URL {
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/^\/*/, '/');
  return new URL(baseUrl + path);
}
