// Owns the shapes that every slice has on the wire: ids, times, and what may be null.

import { type TSchema, Type } from 'typebox';

/** @param example as the API documents show it */
export const uuid = (description = '', example?: string) =>
  Type.String({ format: 'uuid', description, ...(example !== undefined && { examples: [example] }) });

/** RFC 3339, in UTC in what we answer. */
export const time = (description = '') =>
  Type.String({ format: 'date-time', description, examples: ['2026-02-14T12:15:01.808Z'] });

export const orNull = <T extends TSchema>(schema: T, description = '') =>
  Type.Union([schema, Type.Null()], { description });

export const timeOrNull = (description = '') => orNull(Type.String({ format: 'date-time' }), description);

export const uuidOrNull = (description = '') => orNull(Type.String({ format: 'uuid' }), description);

export const textOrNull = (description = '') => orNull(Type.String(), description);

/** Of a route with one thing in its address. */
export const idParams = Type.Object({ id: Type.String({ format: 'uuid' }) });

/** How an answer says a time that may not be there. */
export const isoOrNull = (at: Date | null): string | null => at?.toISOString() ?? null;
