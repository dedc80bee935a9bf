// Owns sending e-mail over SMTP, and which of its failures are final.

import { createTransport } from 'nodemailer';
import type { Outcome } from './message.ts';

export interface Email {
  to: string;
  subject: string;
  text: string;
  html: string;
  /** Makes the Message-ID, so that a mail sent twice is recognised by mail programs as one. */
  id: string;
}

export interface Mailer {
  /** Never throws: whatever happens is an outcome. */
  send(email: Email): Promise<Outcome>;
  close(): void;
}

const maxConnections = 4;

/** @param from such as `Agizo <orders@shop.example>` */
export function createMailer(smtpUrl: string, from: string): Mailer {
  const transport = createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections,
    connectionTimeout: 5_000,
    greetingTimeout: 5_000,
    socketTimeout: 15_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = /@([^>\s]+)/.exec(from)?.[1] ?? 'localhost';
  return {
    async send({ id, ...email }) {
      try {
        const sent = await transport.sendMail({ from, ...email, messageId: `<${id}@${domain}>` });
        return { kind: 'accepted', providerId: sent.messageId, detail: sent.response.slice(0, 200) };
      } catch (error) {
        return classifyFailure(error);
      }
    },
    close: () => transport.close(),
  };
}

/** RFC 5321, section 4.2.1: 5yz is final, 4yz passes. Without a reply code the server was not reached or hung up. */
function classifyFailure(error: unknown): Outcome {
  const { responseCode, code, command } = error as { responseCode?: number; code?: string; command?: string };
  const detail = responseCode === undefined ? `no connection: ${code ?? 'unknown'}` : `SMTP ${responseCode}`;
  if (responseCode !== undefined && responseCode >= 500) return { kind: 'permanent', detail };
  // Cut off after the content went out: the server may have taken it. The Message-ID makes a second copy harmless.
  if (responseCode === undefined && command === 'DATA') return { kind: 'ambiguous', detail: `no answer: ${code}` };
  return { kind: 'retry', detail };
}
