// Owns talking to the token issuer: its discovery document, and bounded fetching of what it publishes.

/** The issuer can't be reached or answers nonsense. The message is fit for callers: it names public addresses only. */
export class IssuerUnavailable extends Error {
  override name = 'IssuerUnavailable';
}

/** What the service needs of the discovery document (OpenID Connect Discovery 1.0, section 3). */
export interface IssuerMetadata {
  jwksUri: string;
  /** Undefined where the issuer has none. */
  userinfoEndpoint: string | undefined;
}

const maxResponseBytes = 256 * 1024;

/** Reads a JSON document; `body` is undefined unless the status is 200. Redirects are not followed. */
export async function fetchJson(
  url: string,
  signal: AbortSignal,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: unknown }> {
  try {
    const response = await fetch(url, {
      signal,
      redirect: 'error',
      headers: { accept: 'application/json', ...headers },
    });
    if (response.status === 200) return { status: 200, body: JSON.parse(await readBounded(response)) };
    await response.body?.cancel();
    return { status: response.status, body: undefined };
  } catch (error) {
    throw new IssuerUnavailable(`${url} did not give a usable answer`, { cause: error });
  }
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop by throwing cancels the rest of the body.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxResponseBytes) throw new Error(`more than ${maxResponseBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** @throws IssuerUnavailable also when the document is another issuer's, as the specification asks. */
export async function discoverIssuer(issuer: string, signal: AbortSignal): Promise<IssuerMetadata> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const { status, body } = await fetchJson(url, signal);
  if (status !== 200) throw new IssuerUnavailable(`${url} answered ${status}`);
  const document = asRecord(body);
  if (document['issuer'] !== issuer) throw new IssuerUnavailable(`${url} is not the document of ${issuer}`);
  const jwksUri = endpoint(document['jwks_uri'], issuer);
  if (jwksUri === undefined) throw new IssuerUnavailable(`${url} names no usable jwks_uri`);
  return { jwksUri, userinfoEndpoint: endpoint(document['userinfo_endpoint'], issuer) };
}

/** Keys and tokens never travel in the clear unless the issuer itself is configured that way (the local one is). */
function endpoint(value: unknown, issuer: string): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  return new URL(value).protocol === 'https:' || issuer.startsWith('http://') ? value : undefined;
}

export const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};
