// Owns `agizo token`: an access token of the running sandbox, for trying the API from a terminal.

import { type Config, readConfig } from '../config.ts';
import { CannotStart, type ExitCode, type Host, WrongUsage } from './command.ts';

const timeoutMs = 5_000;

export async function tokenCommand(host: Host, [user = 'wanjiku', ...more]: string[]): Promise<ExitCode> {
  if (more.length > 0) throw new WrongUsage('One user at a time.\nSee agizo token --help.');
  const config = readConfig(host.environment, 'sandbox');
  if (config.production) throw new CannotStart('There is no sandbox in production: tokens come from your issuer.');
  if (config.identity.issuer !== `${config.publicUrl}/`)
    throw new CannotStart(`The sandbox issues no tokens here: they come from ${config.identity.issuer}`);
  host.print(`${await requestToken(config, user)}\n`);
  return 0;
}

async function requestToken(config: Config, user: string): Promise<string> {
  const { audience, clientId } = config.identity;
  const isMachine = user === 'machine';
  const form = isMachine
    ? { grant_type: 'client_credentials', client_id: 'agizo-machine', client_secret: 'agizo', audience }
    : { grant_type: 'password', username: fullName(user), password: 'agizo', client_id: clientId, audience };
  const url = `${ownUrl(config)}/oauth/token`;
  const response = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams(form),
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error: unknown) => {
    throw new CannotStart(`Nothing answers at ${url}: start the service first, with "npm start".`, { cause: error });
  });
  const answer = (await response.json().catch(() => ({}))) as { access_token?: string; error_description?: string };
  if (answer.access_token !== undefined) return answer.access_token;
  throw new CannotStart(
    `The sandbox gives ${user} no token: ${answer.error_description ?? `${url} answered ${response.status}`}`,
  );
}

const fullName = (user: string): string => (user.includes('@') ? user : `${user}@agizo.test`);

/** How the service is reached from this very machine, whatever PUBLIC_URL says. */
function ownUrl({ host, port }: Config): string {
  const everywhere = host === '0.0.0.0' || host === '::';
  return `http://${everywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${port}`;
}
