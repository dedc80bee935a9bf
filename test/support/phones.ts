// Owns phone numbers for tests: each a Kenyan one that nobody else in the file has.

/** @returns a function that gives another number each time */
export function createPhones(): () => string {
  let given = 0;
  return () => `+2547020${String(10_000 + given++)}`;
}
