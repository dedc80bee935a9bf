// Owns what the service tells its console before anybody has signed in.

export interface ConsoleConfig {
  issuer: string;
  /** Where the issuer says what its endpoints are. */
  metadata_url: string;
  client_id: string;
  audience: string;
  currency: string;
  /** IANA name. */
  time_zone: string;
  version: string;
  has_sandbox: boolean;
}

export async function readConfig(): Promise<ConsoleConfig> {
  const response = await fetch(new URL('config.json', document.baseURI));
  if (!response.ok) throw new Error(`config.json: ${response.status}`);
  return (await response.json()) as ConsoleConfig;
}
