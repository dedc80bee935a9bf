// Owns the operations of the OpenAPI document as they are fuzzed: requests for each, and whether an answer is one that it documents.

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { hostile, type Known, type Schema, valueOf } from './values.ts';

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}

interface Media {
  schema?: object;
}

interface Described {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { content?: Record<string, Media> }>;
}

export interface Document {
  paths: Record<string, Record<string, Described>>;
}

export interface FuzzedRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  headers: Record<string, string>;
  payload?: string;
}

export interface Operation {
  id: string;
  requests: fc.Arbitrary<FuzzedRequest>;
  /** What is wrong with an answer, if anything is. */
  judge: (status: number, contentType: string, text: string) => string | undefined;
}

/** What the frame answers to any request, whatever it is about. */
const fromTheFrame = new Set([400, 413, 415]);

export function listOperations(document: Document, known: Known): Operation[] {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'api', ...document });
  const problem = ajv.compile({ $ref: 'api#/components/schemas/Problem' });
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      id: described.operationId,
      requests: requestsOf(path, method.toUpperCase() as FuzzedRequest['method'], described, known),
      judge: judgeOf(ajv, path, method, described, problem),
    })),
  );
}

const encodePointer = (part: string): string => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

function judgeOf(ajv: Ajv2020, path: string, method: string, described: Described, problem: ValidateFunction) {
  const compiled = new Map<string, ValidateFunction>();
  const bodyOf = (status: number, type: string): ValidateFunction => {
    const key = `${status} ${type}`;
    const parts = ['paths', path, method, 'responses', String(status), 'content', type, 'schema'];
    const validate = compiled.get(key) ?? ajv.compile({ $ref: `api#/${parts.map(encodePointer).join('/')}` });
    compiled.set(key, validate);
    return validate;
  };
  return (status: number, contentType: string, text: string): string | undefined => {
    if (status >= 500) return 'it is a fault';
    const type = contentType.split(';')[0] ?? '';
    const content = described.responses[status]?.content;
    if (!(status in described.responses) && !fromTheFrame.has(status)) return 'the status is not documented';
    if (status >= 400) {
      if (type !== 'application/problem+json') return `a refusal as ${type}`;
      const body = JSON.parse(text) as { status?: number };
      if (!problem(body)) return `no Problem: ${ajv.errorsText(problem.errors)}`;
      return body.status === status ? undefined : 'the Problem has another status';
    }
    if (content === undefined) return text === '' ? undefined : 'a body where none is documented';
    // A file comes where it was asked for.
    if (type === 'text/csv') return undefined;
    if (!(type in content)) return `answered as ${type}`;
    const validate = bodyOf(status, type);
    return validate(JSON.parse(text)) ? undefined : ajv.errorsText(validate.errors).slice(0, 300);
  };
}

/** Of a request, how much is hostile: nothing, a little, or a good deal. */
const noises = [0, 20, 300];

function requestsOf(
  path: string,
  method: FuzzedRequest['method'],
  { parameters = [], requestBody }: Described,
  known: Known,
): fc.Arbitrary<FuzzedRequest> {
  return fc.oneof(
    ...noises.map((noise) => {
      const of = (place: Parameter['in']) => parameters.filter((parameter) => parameter.in === place);
      const record = (place: Parameter['in'], isAll: boolean) => {
        const all = of(place).map(({ name, schema }) => [name, valueOf(schema, known, noise)] as const);
        // A few of them: together nearly all are about nothing.
        const some = isAll ? fc.constant(all) : fc.subarray(all, { maxLength: Math.min(2, all.length) });
        return some.chain((chosen) => fc.record(Object.fromEntries(chosen)));
      };
      const json = requestBody?.content['application/json']?.schema;
      const isFile = requestBody !== undefined && json === undefined;
      const body = json
        ? fc.oneof(
            { arbitrary: valueOf(json as Schema, known, noise).map((value) => JSON.stringify(value)), weight: 9 },
            { arbitrary: hostile.map(textOf), weight: noise > 0 ? 1 : 0 },
          )
        : isFile
          ? fc.oneof(fc.string({ maxLength: 200 }), fc.constant('sku,name,category,price\nF-1,Fuzz,Fuzzed,1\n'))
          : fc.constant(undefined);
      return fc
        .record({ path: record('path', true), query: record('query', false), headers: record('header', false), body })
        .map(({ path: inPath, query, headers, body: payload }) => ({
          method,
          url: addressOf(path, inPath, query),
          headers: {
            ...plainHeaders(headers),
            ...(payload !== undefined && { 'content-type': contentTypeOf(path, isFile) }),
          },
          ...(payload !== undefined && { payload }),
        }));
    }),
  );
}

const contentTypeOf = (path: string, isFile: boolean): string =>
  path.startsWith('/callbacks/') ? 'application/x-www-form-urlencoded' : isFile ? 'text/csv' : 'application/json';

/** What can stand in an address: a lone surrogate can't be written there. */
const encode = (value: unknown): string => encodeURIComponent(textOf(value).toWellFormed());

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function addressOf(path: string, inPath: Record<string, unknown>, query: Record<string, unknown>): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encode(inPath[name] ?? 'x'));
  const asked = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return asked.length === 0 ? filled : `${filled}?${asked.join('&')}`;
}

/** What a client can send at all (RFC 9110, section 5.5). */
const plainHeaders = (headers: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name, textOf(value).replaceAll(/[^\t\x20-\x7e]/g, '')] as const)
      .filter(([, value]) => value !== ''),
  );
