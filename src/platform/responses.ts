// Owns how Problems appear in the OpenAPI document: one shared schema, and the responses of an operation by status.

import { Type } from 'typebox';
import { type ProblemType, problemTypeUri } from './problem.ts';

/** RFC 9457. Further members depend on the type: see docs/problems.md. */
export const problemSchema = Type.Object(
  {
    type: Type.String({ format: 'uri' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.String({ description: 'JSON Pointer into the body, or ?name of a query parameter.' }),
          detail: Type.String(),
        }),
      ),
    ),
    request_id: Type.String(),
  },
  { $id: 'Problem', additionalProperties: true },
);

/** The `response` entries for the ways an operation can be refused, each status with an example of its types. */
export function problemResponses(...types: ProblemType[]): Record<number, unknown> {
  const responses: Record<number, unknown> = {};
  for (const [status, sameStatus] of Map.groupBy(types, (type) => type.status)) {
    const examples = sameStatus.map((type) => ({
      type: problemTypeUri(type),
      title: type.title,
      status,
      detail: type.meaning.split('. ')[0],
      request_id: '0198c3c5-7f21-7a60-9d0e-3f1d2c9a0b11',
    }));
    responses[status] = {
      description: sameStatus.map((type) => type.title).join('; '),
      content: { 'application/problem+json': { schema: { $ref: 'Problem#', examples } } },
    };
  }
  return responses;
}
