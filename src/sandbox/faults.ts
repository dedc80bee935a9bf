// Owns how the stand-ins are told to misbehave: the faults in force, and the dice that decide whom they hit.

import { type Static, Type } from 'typebox';
import { type FieldError, invalidRequest, Problem } from '../platform/problem.ts';

/** Recipient codes of Africa's Talking's messaging API, and the word that goes with each. */
export const recipientStatuses: Readonly<Record<number, string>> = {
  100: 'Processed',
  101: 'Success',
  102: 'Queued',
  401: 'RiskHold',
  402: 'InvalidSenderId',
  403: 'InvalidPhoneNumber',
  404: 'UnsupportedNumberType',
  405: 'InsufficientBalance',
  406: 'UserInBlacklist',
  407: 'CouldNotRoute',
  409: 'DoNotDisturbRejection',
  500: 'InternalServerError',
  501: 'GatewayError',
  502: 'RejectedByGateway',
};

/** What a delivery report may say of a message (Africa's Talking, delivery report callback). */
const reportStatuses = [
  'Sent',
  'Submitted',
  'Buffered',
  'Success',
  'Failed',
  'Rejected',
  'AbsentSubscriber',
  'Expired',
] as const;

const strict = { additionalProperties: false };
/** What is hit takes this much longer; alone it is the whole fault. */
const delayMs = Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000 }));

/** How often: the first `times` chances only, each with the probability `share`, by dice started at `seed`. */
const dosage = {
  times: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  share: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1 })),
  seed: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1 })),
};

const smsFault = Type.Object(
  {
    /** Each recipient that is hit gets this code. */
    status_code: Type.Optional(Type.Enum(Object.keys(recipientStatuses).map(Number))),
    /** The request is answered with this HTTP status and `text`, plain. */
    http_status: Type.Optional(Type.Integer({ minimum: 200, maximum: 599 })),
    text: Type.Optional(Type.String({ maxLength: 10_000 })),
    /** The request is refused: 201, no recipients, and this as the `Message`. */
    refusal: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    /** No answer ever comes; the messages are lost, or sent all the same. */
    timeout: Type.Optional(Type.Enum(['lost', 'sent'])),
    delay_ms: delayMs,
    ...dosage,
  },
  strict,
);

const reportFault = Type.Object(
  {
    /** The reports of one message in the order they are posted; none means that no report comes. */
    statuses: Type.Optional(Type.Array(Type.Enum([...reportStatuses]), { maxItems: 10 })),
    failure_reason: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    delay_ms: delayMs,
    ...dosage,
  },
  strict,
);

const mailFault = Type.Object(
  {
    refuse_connections: Type.Optional(Type.Boolean()),
    /** 4xx to be tried again, 5xx for good (RFC 5321). */
    reply_code: Type.Optional(Type.Integer({ minimum: 400, maximum: 599 })),
    stage: Type.Optional(Type.Enum(['mail_from', 'rcpt_to', 'data'])),
    /** Only these recipients are refused, at RCPT TO; others get their mail. */
    recipients: Type.Optional(
      Type.Array(Type.String({ minLength: 3, maxLength: 320 }), { minItems: 1, maxItems: 100 }),
    ),
    delay_ms: delayMs,
    ...dosage,
  },
  strict,
);

const issuerFault = Type.Object(
  {
    status: Type.Optional(Type.Integer({ minimum: 400, maximum: 599 })),
    endpoints: Type.Optional(
      Type.Array(Type.Enum(['jwks', 'openid_configuration', 'userinfo', 'token']), { minItems: 1, uniqueItems: true }),
    ),
    delay_ms: delayMs,
    /** Done once: the next key takes over; `emergency` replaces both keys and revokes the old ones at once. */
    rotate: Type.Optional(Type.Enum(['graceful', 'emergency'])),
    ...dosage,
  },
  strict,
);

export const faultsBody = Type.Object(
  {
    sms: Type.Optional(smsFault),
    delivery_reports: Type.Optional(reportFault),
    mail: Type.Optional(mailFault),
    issuer: Type.Optional(issuerFault),
  },
  { ...strict, minProperties: 1 },
);

export type FaultsBody = Static<typeof faultsBody>;
type SmsFault = Static<typeof smsFault>;
export type ReportFault = Static<typeof reportFault>;
export type MailFault = Static<typeof mailFault>;
export type IssuerFault = Omit<Static<typeof issuerFault>, 'rotate'>;

/** What the schemas can't say about members that exclude or need each other. */
export function assertPlausible(body: FaultsBody): void {
  const errors: FieldError[] = [];
  const sms = body.sms;
  const ways = [sms?.status_code, sms?.http_status ?? sms?.text, sms?.refusal, sms?.timeout];
  if (ways.filter((way) => way !== undefined).length > 1) {
    errors.push({ pointer: '/sms', detail: 'takes one of status_code, http_status with text, refusal and timeout' });
  }
  const mail = body.mail;
  if (mail?.refuse_connections && (mail.reply_code ?? mail.recipients)) {
    errors.push({ pointer: '/mail', detail: 'cannot answer on a connection that it refuses' });
  }
  if (mail?.recipients && mail.stage && mail.stage !== 'rcpt_to') {
    errors.push({ pointer: '/mail/stage', detail: 'is rcpt_to where recipients are named' });
  }
  if (errors.length > 0) throw new Problem(invalidRequest, 'The faults contradict each other.', { errors });
}

/** A small seeded generator (mulberry32), so that a run with a share can be played again. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Dosed = { times?: number; share?: number; seed?: number };

/** One stand-in's fault: absent, or in force until its `times` are used up or it is set anew. */
interface FaultSwitch<Fault> {
  set(fault: Fault | undefined): void;
  /** As it was set, with the `times` that are left. */
  current(): Fault | null;
  /** Asked once for each chance to misbehave: the fault if this one is hit, and one of its `times` is used. */
  strike(applies?: (fault: Fault) => boolean): Fault | undefined;
}

function createSwitch<Fault extends Dosed>(changed: () => void): FaultSwitch<Fault> {
  let fault: Fault | undefined;
  let roll = dice(0);
  return {
    set(next) {
      fault = next && Object.keys(next).length > 0 ? { ...next } : undefined;
      roll = dice(next?.seed ?? 1);
      changed();
    },
    current: () => fault ?? null,
    strike(applies) {
      if (!fault || (applies && !applies(fault))) return undefined;
      if (fault.share !== undefined && roll() >= fault.share) return undefined;
      const hit = fault;
      if (fault.times !== undefined) {
        fault = fault.times > 1 ? { ...fault, times: fault.times - 1 } : undefined;
        changed();
      }
      return hit;
    },
  };
}

export interface Faults {
  sms: FaultSwitch<SmsFault>;
  deliveryReports: FaultSwitch<ReportFault>;
  mail: FaultSwitch<MailFault>;
  issuer: FaultSwitch<IssuerFault>;
}

/** Nothing misbehaves until told to. `changed` is called whenever what is in force changes. */
export function createFaults(changed: () => void): Faults {
  return {
    sms: createSwitch(changed),
    deliveryReports: createSwitch(changed),
    mail: createSwitch(changed),
    issuer: createSwitch(changed),
  };
}

/** The faults in force, as `GET /sandbox/faults` shows them. */
export const currentFaults = (faults: Faults) => ({
  sms: faults.sms.current(),
  delivery_reports: faults.deliveryReports.current(),
  mail: faults.mail.current(),
  issuer: faults.issuer.current(),
});
