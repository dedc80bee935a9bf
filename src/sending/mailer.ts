// Owns sending e-mail over SMTP, and what each of its failures means.

import { createTransport } from 'nodemailer';
import type { Outcome } from '../messages/message.ts';
import { cutText } from '../platform/text.ts';

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
const probeAfterMs = 5 * 60_000;

/** @param from such as `Agizo <orders@shop.example>` */
export function createMailer(smtpUrl: string, from: string): Mailer {
  const transport = createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections,
    // Each try is one in the ledger: what a closed connection means is decided there.
    maxRequeues: 0,
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
        return { kind: 'accepted', providerId: sent.messageId, detail: cutText(sent.response, 200) };
      } catch (error) {
        return classifyFailure(error);
      }
    },
    close: () => transport.close(),
  };
}

/** RFC 5321, section 4.2.1: 5yz is final, 4yz passes. What a reply is to says whom it is about. */
function classifyFailure(error: unknown): Outcome {
  const { responseCode, code, command } = error as { responseCode?: number; code?: string; command?: string };
  if (responseCode === undefined) {
    if (wasNeverConnected(error)) return { kind: 'unavailable', detail: `no connection: ${code ?? 'unknown'}` };
    // Cut off at a point that nodemailer doesn't tell: the server may have taken the content.
    return { kind: 'ambiguous', detail: `no answer: ${code ?? 'unknown'}` };
  }
  const detail = `SMTP ${responseCode}`;
  const isAboutMessage = command === 'RCPT TO' || command === 'DATA';
  if (responseCode < 500) {
    // 421 closes the connection whatever it was about.
    return { kind: isAboutMessage && responseCode !== 421 ? 'retry' : 'unavailable', detail };
  }
  // Our password, or our address as the sender: no recipient is at fault.
  return isAboutMessage ? { kind: 'permanent', detail } : { kind: 'blocked', detail, probeAfterMs };
}

/**
 * Every socket error of nodemailer's says `CONN`, also one long after connecting. Its pool speaks of retries where the server
 * closed the connection before a byte of the message had gone out, such as one that was idle.
 */
function wasNeverConnected(error: unknown): boolean {
  const { code, syscall, message } = error as { code?: string; syscall?: string; message?: string };
  return (
    syscall === 'connect' ||
    code === 'EDNS' ||
    /^(Connection timeout|Greeting never received|Reached maximum number of retries)/.test(message ?? '')
  );
}
