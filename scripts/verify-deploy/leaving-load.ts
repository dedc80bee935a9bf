// Owns the load on a service that is about to be stopped: callers who order until they are told to go elsewhere, and count what fails.
// `node leaving-load.ts API_URL SANDBOX_URL` prints how many orders were placed, and fails if one was not.

import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

const callers = 16;
const limitMs = 30_000;
const [apiUrl = '', sandboxUrl = apiUrl] = process.argv.slice(2);

const form = { grant_type: 'password', username: 'wanjiku@agizo.test', password: 'agizo', client_id: 'agizo' };
const signedIn = await fetch(`${sandboxUrl}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) });
const { access_token: token } = (await signedIn.json()) as { access_token: string };
const listed = await fetch(`${apiUrl}/api/v1/products/?limit=200`);
const products = (await listed.json()) as { id: string; stock: number | null }[];
const product = products.find(({ stock }) => stock === null)?.id;
const body = JSON.stringify({ items: [{ product, quantity: 1 }], phone_number: '+254712345678' });
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };

function order(agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(`${apiUrl}/api/v1/orders/`, { method: 'POST', agent, headers }, resolve);
    sent.once('error', reject);
    sent.end(body);
  });
}

let placed = 0;
const failures: string[] = [];

/** As a load balancer or a client with a pool does: the connection is kept until the service asks to close it. */
async function call(): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (const deadline = Date.now() + limitMs; Date.now() < deadline; ) {
    try {
      const answer = await order(agent);
      await text(answer);
      if (answer.statusCode === 201) placed += 1;
      else failures.push(String(answer.statusCode));
      if (answer.headers.connection === 'close') return;
    } catch (error) {
      failures.push((error as Error).message);
      return;
    }
  }
  failures.push('was never told to go');
}

await Promise.all(Array.from({ length: callers }, call));
process.stdout.write(`${placed} orders placed, ${failures.length} failed ${failures.slice(0, 5).join(', ')}\n`);
process.exit(failures.length === 0 && placed > callers ? 0 : 1);
