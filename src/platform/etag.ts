// Owns conditional requests: ETag, If-Match and If-None-Match (RFC 9110, sections 8.8.3 and 13.1).

const tagsOf = (header: string): string[] => header.split(',').map((tag) => tag.trim());

/** False when the caller has read another version than `etag`. Without the header, and for `*`, any version will do. */
function ifMatch(header: string | undefined, etag: string): boolean {
  return header === undefined || tagsOf(header).some((tag) => tag === '*' || tag === etag);
}

/** Whether the caller of a change has read what is there, by its tag: what use cases ask under their lock. */
export const isExpectedBy =
  (request: { headers: { 'if-match'?: string | undefined } }) =>
  (etag: string): boolean =>
    ifMatch(request.headers['if-match'], etag);

/** True when the caller already has `etag` and a 304 will do. Comparison is weak, as the header asks. */
export function ifNoneMatch(header: string | undefined, etag: string): boolean {
  const bare = (tag: string) => tag.replace(/^W\//, '');
  return header !== undefined && tagsOf(header).some((tag) => tag === '*' || bare(tag) === bare(etag));
}
