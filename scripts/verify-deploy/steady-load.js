// Owns a steady load that tolerates nothing: `node steady-load.js URL SECONDS` asks all the time and fails if one request does.
// Plain JavaScript, so that it can be piped into a container: node - URL SECONDS < steady-load.js

const [url, seconds] = process.argv.slice(2);
const until = Date.now() + Number(seconds) * 1000;
let answered = 0;
const failures = [];

async function ask() {
  while (Date.now() < until) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
      await answer.arrayBuffer();
      if (answer.ok) answered += 1;
      else failures.push(answer.status);
    } catch (error) {
      failures.push(error.cause?.code ?? error.message);
    }
    await new Promise((done) => setTimeout(done, 10));
  }
}

await Promise.all(Array.from({ length: 16 }, ask));
process.stdout.write(`${answered} requests answered, ${failures.length} failed ${failures.slice(0, 10).join(' ')}\n`);
process.exit(failures.length === 0 ? 0 : 1);
