// Owns what is sent in a fuzzed request: values that a schema allows, values that it almost allows, and values that nobody expects.

import fc from 'fast-check';

export interface Schema {
  type?: string | string[];
  enum?: unknown[];
  anyOf?: Schema[];
  allOf?: Schema[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: unknown;
}

/** Ids and the like that mean something to the service under test, so that not everything is unknown to it. */
export interface Known {
  uuids: readonly string[];
  words: readonly string[];
}

const hostileTexts = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\u202egnp.exe',
  '\u200b',
  "' or 1=1 --",
  '${7*7}{{7*7}}',
  '../../etc/passwd',
  '%00%0d%0aX-Evil: 1',
  '\r\nSet-Cookie: a=b',
  '__proto__',
  'constructor',
  '-1',
  '1e309',
  'NaN',
  'null',
  '9'.repeat(400),
  'ä'.repeat(3_000),
  '🙂'.repeat(500),
  '=1+1',
  '0001-01-01T00:00:00Z',
  '2016-12-31T23:59:60Z',
  '9999-12-31',
  '+254712345678',
  'WyJcdTAwMDAiXQ',
  'W10',
];

/** What comes where something else is expected. */
export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(...hostileTexts),
  fc.constantFrom(null, true, 0, -1, 1.5, 1e308, -0, 2 ** 53, 2 ** 63),
  fc.constantFrom([], {}, [[[[]]]], { __proto__: null, toString: 1 }, [null], { a: { b: { c: {} } } }),
  fc.string({ unit: 'binary', maxLength: 50 }),
);

const texts = ({ format, minLength = 0, maxLength = 60, pattern }: Schema, known: Known): fc.Arbitrary<unknown> => {
  if (format === 'uuid') return fc.oneof(fc.constantFrom(...known.uuids), fc.uuid());
  const days = { min: new Date('2020-01-01'), max: new Date('2027-12-31'), noInvalidDate: true };
  if (format === 'date') return fc.date(days).map((at) => at.toISOString().slice(0, 10));
  if (format === 'date-time') return fc.date(days).map((at) => at.toISOString());
  const most = Math.min(maxLength, 60);
  const free = fc.string({ unit: 'grapheme', minLength: Math.min(Math.max(minLength, 1), most), maxLength: most });
  const familiar = fc.constantFrom(...known.words);
  return pattern === undefined
    ? fc.oneof(familiar, free)
    : fc.oneof(familiar, fc.string({ minLength: 1, maxLength: most }));
};

/** Nearly always what the schema says; @param noise of a thousand values, how many are hostile in its place */
export function valueOf(schema: Schema, known: Known, noise: number): fc.Arbitrary<unknown> {
  const good = goodValueOf(schema, known, noise);
  return noise === 0
    ? good
    : fc.oneof({ arbitrary: good, weight: 1_000 - noise }, { arbitrary: hostile, weight: noise });
}

function goodValueOf(schema: Schema, known: Known, noise: number): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const either =
    schema.anyOf ?? (Array.isArray(schema.type) ? schema.type.map((type) => ({ ...schema, type })) : undefined);
  if (either) return fc.oneof(...either.map((each) => goodValueOf(each, known, noise)));
  switch (schema.type) {
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1_000, max: Math.min(schema.maximum ?? 1_000, 2 ** 31 - 1) });
    case 'number':
      return fc.double({ min: schema.minimum ?? 0, max: schema.maximum ?? 1e6, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(valueOf(schema.items ?? {}, known, noise), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 5, 5),
      });
    case 'object': {
      const properties = Object.entries(schema.properties ?? {}).map(
        ([name, each]) => [name, valueOf(each, known, noise)] as const,
      );
      // Of what must be there, now and then something isn't.
      const requiredKeys = noise > 0 ? [] : (schema.required ?? []);
      const some = fc.record(Object.fromEntries(properties), { requiredKeys });
      const whole = fc.record(Object.fromEntries(properties), { requiredKeys: schema.required ?? [] });
      return noise > 0 ? fc.oneof({ arbitrary: whole, weight: 4 }, { arbitrary: some, weight: 1 }) : whole;
    }
    case 'string':
      return texts(schema, known);
    default:
      return hostile;
  }
}
