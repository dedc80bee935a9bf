// Owns an SMS gateway that answers as it is told, to the byte: for answers that the sandbox is too well-behaved to give.

import { createServer, type ServerResponse } from 'node:http';
import { freePort } from '../../src/local-database/local-postgres.ts';

export interface Sent {
  to: string;
  message: string;
}

export interface Gateway {
  url: string;
  /** Every message that was handed over, whatever the answer was. */
  sent: Sent[];
  /** How the next messages are answered. */
  answer(how: (response: ServerResponse, sent: Sent) => void): void;
  /** How the question for the account's balance is answered; 200 with KES 1000 unless told. */
  answerUser(how: (response: ServerResponse) => unknown): void;
  stop(): Promise<void>;
}

export async function startGateway(): Promise<Gateway> {
  const sent: Sent[] = [];
  let how = recipient(101, 'Success');
  let howUser = (response: ServerResponse): unknown => response.end('{"UserData":{"balance":"KES 1000.00"}}');
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'GET') {
        howUser(response);
        return;
      }
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      const message = { to: form.get('to') ?? '', message: form.get('message') ?? '' };
      sent.push(message);
      how(response, message);
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${port}`,
    sent,
    answer(next) {
      how = next;
    },
    answerUser(next) {
      howUser = next;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

let ids = 0;

/** Africa's Talking's answer about one recipient. */
export function recipient(statusCode: number, status: string): (response: ServerResponse, sent: Sent) => void {
  return (response, { to }) => {
    const isAccepted = statusCode < 200;
    const about = {
      statusCode,
      number: to,
      status,
      cost: isAccepted ? 'KES 0.8000' : '0',
      messageId: isAccepted ? `ATPid_${(ids += 1)}` : 'None',
    };
    const data = { Message: `Sent to ${isAccepted ? 1 : 0}/1 Total Cost: 0`, Recipients: [about] };
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ SMSMessageData: data }));
  };
}
