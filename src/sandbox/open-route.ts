// Owns what all routes of the stand-ins have in common: anyone may call them, and the API documents leave them out.

import { Problem } from '../platform/problem.ts';

export const open = { config: { access: 'anyone' as const, isUncounted: true }, schema: { hide: true } };

/** The HTTP status of an error, for stand-ins that answer errors in another form than Problems. */
export function statusOf(error: Error & { statusCode?: number }): number {
  return error instanceof Problem ? error.type.status : (error.statusCode ?? 500);
}
