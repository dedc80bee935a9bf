// Owns which parts of the outside world the sandbox stands in for: none of them once one that people depend on is real.

export type StandIn = 'issuer' | 'sms' | 'mail';

type Role = 'all' | 'api' | 'worker';

type Value = (name: string) => string | undefined;

const account = ['AFRICA_TALKING_API_USERNAME', 'AFRICA_TALKING_API_KEY'];

const withoutSlash = (url: string): string => url.replace(/\/+$/, '');

/** A developer's own stand-in, such as another Agizo or a mail catcher: nobody else reaches this machine by these names. */
const isHere = (url: string): boolean => /^(localhost|.*\.localhost|127\.[\d.]+|\[::1\])$/.test(new URL(url).hostname);

/** The settings that lead to people: with one of them, whoever could use the sandbox could act for others or read their messages. */
export function findReal(value: Value, publicUrl: string): string[] {
  const gateway = value('AFRICA_TALKING_BASE_URL');
  const own = new Set([publicUrl, `${publicUrl}/sandbox/africas-talking`]);
  const isReal = (name: string, url: string | undefined) =>
    url === undefined || own.has(withoutSlash(url)) || isHere(url) ? [] : [name];
  const domain = value('AUTH0_DOMAIN');
  return [
    ...isReal('AUTH0_DOMAIN', domain && `https://${domain}/`),
    ...isReal('OIDC_ISSUER', value('OIDC_ISSUER')),
    ...isReal('AFRICA_TALKING_BASE_URL', gateway),
    ...(gateway === undefined ? account.filter(value) : []),
    ...['AFRICA_TALKING_CALLBACK_TOKEN'].filter(value),
    ...isReal('SMTP_URL', value('SMTP_URL')),
  ];
}

/** What is missing where something is real: the sandbox won't stand in for it. */
export function findMissing(value: Value, role: Role, real: readonly string[]): string[] {
  if (real.length === 0) return [];
  const because = `must be set: the sandbox stands in for nothing beside what is real, which is ${real.join(', ')}`;
  const needed = [
    ...(role === 'worker' ? [] : [['AUTH0_DOMAIN', 'OIDC_ISSUER']]),
    ...(role === 'api' ? [] : [['AFRICA_TALKING_API_KEY', 'AFRICA_TALKING_BASE_URL'], ['SMTP_URL']]),
  ];
  return needed.filter((names) => !names.some(value)).map((names) => `${names.join(' or ')} ${because}`);
}

export const standInHint = `
For a shop that people use, set NODE_ENV=production. To try Agizo with one of them real, start another one with nothing set on
another port, and set the rest to its addresses on localhost: docs/deployment.md, "Trying with something real".`;

/** What the sandbox of this process stands in for. */
export function findStandIns(value: Value, role: Role, publicUrl: string): ReadonlySet<StandIn> {
  if (role === 'worker' || findReal(value, publicUrl).length > 0) return new Set();
  const gateway = withoutSlash(value('AFRICA_TALKING_BASE_URL') ?? `${publicUrl}/sandbox/africas-talking`);
  const all: [StandIn, boolean][] = [
    ['issuer', (value('OIDC_ISSUER') ?? value('AUTH0_DOMAIN') ?? `${publicUrl}/`) === `${publicUrl}/`],
    ['sms', gateway === `${publicUrl}/sandbox/africas-talking`],
    ['mail', value('SMTP_URL') === undefined],
  ];
  return new Set(all.flatMap(([name, isOurs]) => (isOurs ? [name] : [])));
}

/** Secrets that stand in files for everybody to read, and what only looks like one. */
export const isExampleSecret = (text: string): boolean =>
  /^(a-long-random|replace|change|example|your)/i.test(text) || new Set(text).size < 8;
