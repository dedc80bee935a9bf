// Owns talking to the service: its own API with the person's token, typed by its OpenAPI document.

import createClient, { type Middleware } from 'openapi-fetch';
import { problemOf } from './problem.ts';
import type { components, paths } from './schema.ts';

export type Order = components['schemas']['Order'];
export type OrderStatus = Order['status'];
export type OrderEvent = NonNullable<Order['events']>[number];
export type Product = components['schemas']['Product'];
export type Customer = components['schemas']['CustomerRecord'];
export type Message = components['schemas']['Message'];
export type Today = components['schemas']['Today'];
export type SalesOfPeriod = components['schemas']['SalesOfPeriod'];
export type AuditEntry = components['schemas']['AuditEntry'];
export type ProductImport = components['schemas']['ProductImport'];

/** The root of the service, as this page was reached: whatever stands before /console/. */
export const serviceRoot = new URL('../', document.baseURI).href.replace(/\/$/, '');

let findToken: () => Promise<string | undefined> = async () => undefined;
let onSignedOut: () => void = () => undefined;

/** @param token of the person who is signed in @param signedOut called when the service doesn't take it any more */
export function useTokensFrom(token: () => Promise<string | undefined>, signedOut: () => void): void {
  findToken = token;
  onSignedOut = signedOut;
}

const signIn: Middleware = {
  async onRequest({ request }) {
    const token = await findToken();
    if (token !== undefined) request.headers.set('authorization', `Bearer ${token}`);
    return request;
  },
  onResponse({ response }) {
    if (response.status === 401) onSignedOut();
  },
};

export const api = createClient<paths>({ baseUrl: serviceRoot });
api.use(signIn);

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a good answer. @throws ApiProblem */
export async function body<T>(asked: Promise<Answered<T>>): Promise<T> {
  const { data, error, response } = await asked;
  if (!response.ok) throw problemOf(response.status, error);
  return data as T;
}

export interface Page<T> {
  items: T[];
  /** Undefined on the last page. */
  next: string | undefined;
}

/** A page of a list, with the cursor of the next one. @throws ApiProblem */
export async function page<T>(asked: Promise<Answered<T[]>>): Promise<Page<T>> {
  const answered = await asked;
  const items = await body(Promise.resolve(answered));
  const link = /<([^>]+)>; rel="next"/.exec(answered.response.headers.get('link') ?? '')?.[1];
  return { items, next: link === undefined ? undefined : (new URL(link).searchParams.get('cursor') ?? undefined) };
}

/** What `If-Match` takes, of a resource that was read with its tag. */
export const ifMatch = (etag: string | null): { 'If-Match'?: string } => (etag === null ? {} : { 'If-Match': etag });

/** A file that the service makes, saved by the browser. @throws ApiProblem */
export async function download(path: string, name: string): Promise<void> {
  const token = await findToken();
  const response = await fetch(serviceRoot + path, {
    headers: { accept: 'text/csv', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
  });
  if (!response.ok) throw problemOf(response.status, await response.json().catch(() => undefined));
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** A file of products, to be looked at. @throws ApiProblem */
export async function sendProducts(file: Blob, encoding?: string): Promise<ProductImport> {
  const token = await findToken();
  const query = encoding === undefined ? '' : `?encoding=${encodeURIComponent(encoding)}`;
  const response = await fetch(`${serviceRoot}/api/v1/product-imports/${query}`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: file,
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw problemOf(response.status, answer);
  return answer as ProductImport;
}
