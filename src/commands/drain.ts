// Owns how the HTTP server goes: it serves on until its callers have noticed, then closes when the last answer is out.

import type { App } from '../platform/http.ts';

/** Callers that ask all the time get this long to go elsewhere. */
const noticeMs = 1_000;
/** With no request in so many looks, there is nobody to wait for. Looks, not time: a process that got no processor heard nobody. */
const quietLooks = 25;
const lookMs = 10;
const closeTimeoutMs = 1_500;

/**
 * Stops the server without a request lost. To close a connection between two requests is to risk that the next one is on its way,
 * so every answer from now on says `Connection: close` (RFC 9112, section 9.6), and those who still come are served. Whoever
 * asks `/readyz` before sending requests has to be told beforehand that the service is stopping.
 */
export async function drain(app: App): Promise<void> {
  const deadlineMs = performance.now() + noticeMs;
  let looks = 0;
  app.server.prependListener('request', (_request, response) => {
    looks = 0;
    response.setHeader('connection', 'close');
  });
  for (; looks < quietLooks && performance.now() < deadlineMs; looks += 1)
    await new Promise((done) => setTimeout(done, lookMs));

  // Closing waits for the requests that have begun; one whose client keeps it waiting is cut off.
  const timer = setTimeout(() => app.server.closeAllConnections(), closeTimeoutMs);
  await app.close();
  clearTimeout(timer);
}
