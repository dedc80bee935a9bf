// Owns `npm run attack`: what is done to open doors, done to a service that runs with its sandbox, and what stopped each.

import { connect, type Socket } from 'node:net';

const url = new URL(process.argv[2] ?? 'http://localhost:8000');
const idleConnections = Number(process.argv[3] ?? 2_000);

async function ask(method: string, path: string, token?: string, body?: unknown): Promise<Response> {
  return fetch(new URL(path, url), {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

/** A person nobody has seen before: what was ordered before bounds them no more than it should. */
async function signIn(): Promise<string> {
  const username = `attacker${Date.now()}${Math.floor(Math.random() * 1e6)}@agizo.test`;
  const answer = await ask('POST', '/oauth/token', undefined, {
    grant_type: 'password',
    client_id: 'agizo',
    username,
    password: 'agizo',
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

/** What came of many requests: how often each status, and by which problem. */
async function tally(requests: Promise<Response>[]): Promise<string> {
  const counts = new Map<string, number>();
  for (const answer of await Promise.all(requests)) {
    const problem = answer.headers.get('content-type')?.includes('problem')
      ? ((await answer.json()) as { type: string }).type.split('/').at(-1)
      : (await answer.text(), 'let through');
    const outcome = `${answer.status} ${problem}`;
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  return [...counts].map(([outcome, count]) => `${count} x ${outcome}`).join(', ');
}

const many = (count: number, one: (index: number) => Promise<Response>) =>
  tally(Array.from({ length: count }, (_, index) => one(index)));

async function products(): Promise<{ id: string; stock: number | null }[]> {
  return (await (await ask('GET', '/api/v1/products/?limit=200')).json()) as { id: string; stock: number | null }[];
}

async function pump(): Promise<string> {
  const [token, [first]] = await Promise.all([signIn(), products()]);
  const items = [{ product: first?.id, quantity: 1 }];
  return many(200, (index) =>
    ask('POST', '/api/v1/orders/', token, { items, phone_number: `+2547${String(index).padStart(8, '0')}` }),
  );
}

async function repeatToOnePhone(): Promise<string> {
  const [token, [first]] = await Promise.all([signIn(), products()]);
  const order = { items: [{ product: first?.id, quantity: 1 }], phone_number: '+254700000001' };
  return many(200, () => ask('POST', '/api/v1/orders/', token, order));
}

/** Opens a connection, writes, and goes on writing a little each second. @returns how long it was let */
function hold(first: string, drip: string): Promise<string> {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const socket = connect(Number(url.port || 80), url.hostname);
    if (first !== '') socket.write(first);
    const timer = setInterval(() => drip !== '' && socket.write(drip), 1_000);
    const patience = setTimeout(() => socket.destroy(), 90_000);
    socket.on('data', () => undefined);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(timer);
      clearTimeout(patience);
      resolve(`${Math.round((performance.now() - startedMs) / 1_000)} s`);
    });
  });
}

const head = (path: string) =>
  `POST ${path} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{`;

async function holdOpen(): Promise<string> {
  const held = await Promise.all([
    hold('GET / HTTP/1.1\r\n', 'X-Drip: 1\r\n'),
    hold(head('/oauth/token'), ' '),
    hold(head('/api/v1/orders/'), ' '),
    hold('', ''),
  ]);
  return `slow headers ${held[0]}, a dripping body ${held[1]}, one already answered ${held[2]}, silence ${held[3]}`;
}

/** Others are answered meanwhile: the slowest of fifty. */
async function idle(): Promise<string> {
  const sockets: Socket[] = [];
  for (let index = 0; index < idleConnections; index += 1) {
    const socket = connect(Number(url.port || 80), url.hostname);
    socket.on('error', () => undefined);
    sockets.push(socket);
    if (index % 200 === 0) await new Promise((done) => setTimeout(done, 20));
  }
  const tookMs: number[] = [];
  for (let turn = 0; turn < 50; turn += 1) {
    const startedMs = performance.now();
    await (await ask('GET', '/livez')).text();
    tookMs.push(performance.now() - startedMs);
  }
  const sorted = tookMs.toSorted((a, b) => a - b);
  for (const socket of sockets) socket.destroy();
  return `others were answered in ${sorted[25]?.toFixed(1)} ms, at most ${sorted.at(-1)?.toFixed(1)} ms`;
}

async function searchDearly(): Promise<string> {
  const words = Array.from({ length: 33 }, (_, index) => `enamel${index}`).join('+');
  const searches = many(300, (index) => ask('GET', `/api/v1/products/?search=${words}${index}`));
  const startedMs = performance.now();
  const ready = await ask('GET', '/readyz');
  const readyMs = Math.round(performance.now() - startedMs);
  return `${await searches}; readiness said ${ready.status} in ${readyMs} ms meanwhile`;
}

const attacks: [string, () => Promise<string>][] = [
  ['200 orders to 200 numbers', pump],
  ['200 orders to one number', repeatToOnePhone],
  [
    'all stock in one order',
    async () => {
      const [token, goods] = await Promise.all([signIn(), products()]);
      const counted = goods.find(({ stock }) => stock !== null && stock > 1);
      const items = [{ product: counted?.id, quantity: (counted?.stock ?? 0) + 1 }];
      return many(1, () => ask('POST', '/api/v1/orders/', token, { items, phone_number: '+254700000001' }));
    },
  ],
  ['500 tokens tried', () => many(500, (index) => ask('GET', '/api/v1/orders/', `guess.number.${index}`))],
  ['33-word searches', searchDearly],
  ['a flood from one address', () => many(2_000, () => ask('GET', '/api/v1/products/?limit=1'))],
  [`${idleConnections} idle connections`, idle],
  ['connections held open', holdOpen],
];

for (const [name, attack] of attacks) process.stdout.write(`${name}: ${await attack()}\n`);
