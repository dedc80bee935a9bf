// Owns what a valid request is: strict JSON, the formats of texts, and the errors of schemas, of which one body can cause only so many.

import { Ajv, type ErrorObject } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifyError, FastifySchemaValidationError } from 'fastify';
import { uuidPattern } from './ids.ts';
import { isDay, parseInstant } from './instant.ts';
import { type FieldError, invalidRequest, Problem } from './problem.ts';
import { assertStorable } from './text.ts';

const maxFieldErrors = 20;

// What the largest order has, and room; all errors of 87,000 values took a sixth of a second, in which nobody else is served.
const maxValuesForAllErrors = 1_000;

interface Validate {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
}

export interface Validators {
  compile(schema: object, httpPart: string | undefined): Validate;
}

/** Bodies are judged as they are; what comes as text in the URL or a header is first turned into its type. */
export function createValidators(): Validators {
  const body = { first: createAjv(false, false), all: createAjv(true, false) };
  const text = { first: createAjv(false, true), all: createAjv(true, true) };
  return {
    compile: (schema, httpPart) => {
      const { first, all } = httpPart === 'body' ? body : text;
      return boundErrors(first.compile(schema), () => all.compile(schema));
    },
  };
}

function createAjv(allErrors: boolean, coerceTypes: boolean): Ajv {
  const ajv = new Ajv({
    allErrors,
    coerceTypes,
    useDefaults: true,
    removeAdditional: false,
    strict: true,
    // What is too large for a number becomes Infinity: with the strict rule no maximum would look at it.
    strictNumbers: !coerceTypes,
  });
  addFormats.default(ajv);
  // The plain form alone: PostgreSQL doesn't take the `urn:uuid:` that ajv-formats lets through.
  ajv.addFormat('uuid', uuidPattern);
  // Those of ajv-formats know a year 0, and leap seconds on days that `Date` can't read.
  ajv.addFormat('date', isDay);
  ajv.addFormat('date-time', (each: string) => parseInstant(each) !== undefined);
  ajv.addVocabulary(['example']);
  return ajv;
}

/** Stops at the first error, which is all that a large body gets; the others are looked for in what is small. */
function boundErrors(first: Validate, compileAll: () => Validate): Validate {
  let all: Validate | undefined;
  const validate: Validate = (data) => {
    if (first(data)) return true;
    validate.errors = first.errors ?? null;
    if (hasFewValues(data)) {
      all ??= compileAll();
      if (!all(data)) validate.errors = all.errors ?? null;
    }
    return false;
  };
  return validate;
}

function hasFewValues(data: unknown): boolean {
  const waiting: unknown[] = [data];
  for (let seen = 0; waiting.length > 0; seen++) {
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null) continue;
    for (const key in value) {
      waiting.push((value as Record<string, unknown>)[key]);
      if (seen + waiting.length > maxValuesForAllErrors) return false;
    }
  }
  return true;
}

/** Undefined for no text at all: a body sent in pieces may turn out to have none. @throws Problem invalid-request */
export function parseJson(text: string): unknown {
  if (text === '') return undefined;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Problem(invalidRequest, 'The body is not valid JSON.', {
      errors: [{ pointer: '', detail: 'is not valid JSON' }],
    });
  }
  // Neither a NUL nor a lone surrogate can come in unescaped, so a body without escapes needs no second look.
  if (text.includes('\\u')) assertStorable(body);
  return body;
}

function fieldError(error: FastifySchemaValidationError | ErrorObject, context: string): FieldError {
  const params = error.params as Record<string, unknown>;
  const member = params['additionalProperty'] ?? params['missingProperty'];
  const path = member === undefined ? error.instancePath : `${error.instancePath}/${member as string}`;
  const detail =
    error.keyword === 'additionalProperties'
      ? 'is not a known field'
      : error.keyword === 'required'
        ? 'is required'
        : (error.message ?? 'is not valid');
  return { pointer: context === 'body' ? path : `?${path.slice(1)}`, detail };
}

export function validationProblem(error: FastifyError): Problem {
  const context = error.validationContext ?? 'body';
  const errors = (error.validation ?? [])
    .filter((each) => each.keyword !== 'anyOf' || (error.validation?.length ?? 0) === 1)
    .slice(0, maxFieldErrors)
    .map((each) => fieldError(each, context));
  const places: Record<string, string> = { body: 'body', querystring: 'query', params: 'path', headers: 'headers' };
  return new Problem(invalidRequest, `The ${places[context] ?? context} of the request is not valid.`, { errors });
}
