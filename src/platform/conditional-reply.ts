// Owns how reads are answered: with an entity tag, and with 304 to those who have it already (RFC 9110, 13.1.2).

import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ifNoneMatch } from './etag.ts';

/** A list as it goes out. Made once for all who share a read of it. */
export interface RenderedList {
  body: Buffer;
  etag: string;
  links: string;
}

/** The tag is a hash of the body: a list has no version of its own. */
export function renderList(items: unknown[], links: string): RenderedList {
  const json = JSON.stringify(items);
  return { body: Buffer.from(json), etag: `"${hash('sha1', json, 'base64url')}"`, links };
}

export function sendList(request: FastifyRequest, reply: FastifyReply, list: RenderedList): FastifyReply {
  void reply.header('link', list.links);
  if (isKnown(request, reply, list.etag)) return reply.code(304).send();
  return reply.header('content-type', 'application/json; charset=utf-8').send(list.body);
}

/** Sends one resource, or 304 to those who have it. */
export function sendTagged(request: FastifyRequest, reply: FastifyReply, etag: string, json: unknown): FastifyReply {
  return isKnown(request, reply, etag) ? reply.code(304).send() : reply.send(json);
}

function isKnown(request: FastifyRequest, reply: FastifyReply, etag: string): boolean {
  void reply.header('etag', etag).header('cache-control', 'no-cache');
  return ifNoneMatch(request.headers['if-none-match'], etag);
}
