// Owns the pages that a person meets at the door: HTML without scripts, its links relative, so that they hold under any path.

export interface Door {
  version: string;
  /** Undefined where the database did not answer in time. */
  latencyMs: number | undefined;
  hasSandbox: boolean;
}

const escape = (text: string): string => text.replace(/[&<>"]/g, (found) => `&#${found.charCodeAt(0)};`);

/** @param up from the page to the root, such as `../../` */
const frame = (title: string, up: string, content: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escape(title)}</title>
<link rel="icon" href="${up}favicon.ico" type="image/svg+xml">
<link rel="stylesheet" href="${up}front/page.css">
</head>
<body>
<header><a class="brand" href="${up || './'}"><img src="${up}favicon.ico" alt="" width="32" height="32">Agizo</a></header>
<main>
${content}
</main>
</body>
</html>
`;

const card = (href: string, title: string, text: string): string =>
  `<li><a href="${href}"><strong>${title}</strong><span>${text}</span></a></li>`;

export function doorPage({ version, latencyMs, hasSandbox }: Door): string {
  const state =
    latencyMs === undefined
      ? '<p class="state unwell" role="status">Not well: the database does not answer</p>'
      : `<p class="state" role="status">All is well <small>database ${latencyMs} ms</small></p>`;
  const cards = [
    card('docs/', 'API', 'Every operation, to read and to try.'),
    ...(hasSandbox ? [card('sandbox/', 'Sandbox', 'A phone and an inbox that receive what would be sent.')] : []),
    card('console/', 'For staff', 'Where orders are looked after.'),
    card('openapi.json', 'OpenAPI', 'The same API, for programs that write clients.'),
  ];
  return frame(
    'Agizo',
    '',
    `${state}
<h1>Orders for shops whose customers live on their phones</h1>
<p class="lead">Customers order over a REST API and hear of every step by SMS. Staff get an e-mail for each new order.</p>
<ul class="cards">
${cards.join('\n')}
</ul>
<footer>Version ${escape(version)} · <a href="api/v1/health/">health</a></footer>`,
  );
}
