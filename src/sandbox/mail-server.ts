// Owns the stand-in for the outside world's mail: an SMTP listener whose mail ends up in one inbox.

import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import type { NewId } from '../platform/ids.ts';
import type { Faults, MailFault } from './faults.ts';
import type { Newest } from './newest.ts';

/** An e-mail as `GET /sandbox/emails` shows it. */
export interface Email {
  id: string;
  /** Those whom the SMTP envelope named and who did not refuse it, joined by ", ". */
  to: string;
  from: string;
  subject: string;
  text: string;
  html: string | null;
  received_at: string;
}

export interface MailServer {
  /** `smtp://127.0.0.1:PORT`, without encryption or credentials: how this process reaches it. */
  smtpUrl: string;
  /** Ends the connections that are open, as a server that goes away does. */
  disconnectAll(): void;
  close(): Promise<void>;
}

export interface MailServerDeps {
  /** Where it listens for other processes, on `host`; undefined for an ephemeral port of this machine alone. */
  port: number | undefined;
  host: string;
  inbox: Newest<Email>;
  faults: Faults;
  clock: () => Date;
  newId: NewId;
  /** Called after an e-mail has arrived. */
  arrived: () => void;
  pause: (delayMs: number) => Promise<void>;
}

const maxMessageBytes = 5 * 1024 * 1024;
const noSuchUser = 550;
const closeTimeoutMs = 1_000;

class Refusal extends Error {
  readonly responseCode: number;

  constructor(responseCode: number, message: string) {
    super(message);
    this.responseCode = responseCode;
  }
}

export async function startMailServer(deps: MailServerDeps): Promise<MailServer> {
  const strike = (applies: (fault: MailFault) => boolean) => deps.faults.mail.strike(applies);
  /** A fault without a stage hits the data: it is slow or refused when the whole mail is there. */
  async function misbehaveAt(stage: MailFault['stage'], recipient?: string): Promise<void> {
    const fault = strike(({ refuse_connections, recipients, stage: at }) => {
      if (refuse_connections) return false;
      if (recipients) return recipient !== undefined && recipients.some((each) => isSameAddress(each, recipient));
      return (at ?? 'data') === stage;
    });
    await deps.pause(fault?.delay_ms ?? 0);
    const code = fault?.reply_code ?? (fault?.recipients && noSuchUser);
    if (code) throw new Refusal(code, replyText(code));
  }

  async function receive(source: AsyncIterable<Buffer>, session: SMTPServerSession): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of source) chunks.push(chunk);
    await misbehaveAt('data');
    deps.inbox.add(await readEmail(Buffer.concat(chunks), session, deps));
    deps.arrived();
  }

  const server = new SMTPServer({
    name: 'sandbox.agizo.test',
    banner: 'Agizo sandbox',
    logger: false,
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    size: maxMessageBytes,
    closeTimeout: closeTimeoutMs,
    onMailFrom: (_address, _session, callback) => {
      void settle(misbehaveAt('mail_from'), callback);
    },
    onRcptTo: ({ address }, _session, callback) => {
      void settle(misbehaveAt('rcpt_to', address), callback);
    },
    onData: (stream, session, callback) => {
      void settle(receive(stream, session), callback);
    },
  });
  server.server.prependListener('connection', (socket) => {
    if (strike((fault) => fault.refuse_connections === true)) socket.resetAndDestroy();
  });
  // Clients may go away at any point; what they began has no meaning then.
  server.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    if (deps.port === undefined) server.listen(0, '127.0.0.1', resolve);
    else server.listen(deps.port, deps.host, resolve);
  });
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('the mail server does not listen on a port');

  return {
    smtpUrl: `smtp://127.0.0.1:${address.port}`,
    disconnectAll() {
      for (const connection of server.connections) connection.close();
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

const isSameAddress = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** The server speaks in callbacks. */
async function settle(work: Promise<void>, callback: (error?: Error | null) => void): Promise<void> {
  try {
    await work;
  } catch (error) {
    callback(error instanceof Error ? error : new Error('refused'));
    return;
  }
  callback();
}

function replyText(code: number): string {
  if (code === 421) return 'Service not available, closing transmission channel';
  if (code === noSuchUser) return 'No such user here';
  return code < 500 ? 'Try again later' : 'Refused';
}

async function readEmail(raw: Buffer, session: SMTPServerSession, deps: MailServerDeps): Promise<Email> {
  const mail = await PostalMime.parse(raw);
  const now = deps.clock();
  const { mailFrom, rcptTo } = session.envelope;
  const { name, address = mailFrom ? mailFrom.address : '' } = mail.from ?? {};
  return {
    id: deps.newId(now),
    to: rcptTo.map((recipient) => recipient.address).join(', '),
    from: name ? `${name} <${address}>` : address,
    subject: mail.subject ?? '',
    text: withoutLastBreak(mail.text ?? ''),
    html: mail.html ? withoutLastBreak(mail.html) : null,
    received_at: now.toISOString(),
  };
}

/** The line break that ends the data is SMTP's, not the writer's. */
const withoutLastBreak = (text: string): string => text.replace(/\r?\n$/, '');
