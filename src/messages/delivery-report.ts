// Owns what a delivery report means: which of the provider's words are final, and what each makes of a message.

/** What the provider says became of a message that it accepted (Africa's Talking, delivery report callback). */
export interface DeliveryReport {
  /** The provider's id of what one attempt handed over. */
  providerId: string;
  /** In the provider's words: `Sent`, `Success`, `Failed` ... */
  status: string;
  /** `UserInBlackList`, `AbsentSubscriber` ... with a failure. */
  reason: string | undefined;
}

const failed = ['Failed', 'Rejected', 'AbsentSubscriber', 'Expired'];

/** After one of these nothing more can become of a message. */
export const finalReports: readonly string[] = ['Success', ...failed];

/** What a report makes of its message. Undefined while it is on the way, which is how words that are new to us are read. */
export function becomes(status: string): 'delivered' | 'failed' | undefined {
  if (status === 'Success') return 'delivered';
  return failed.includes(status) ? 'failed' : undefined;
}

/** Not delivered because the recipient has asked the network for no more SMS from us. */
export const isOptOut = ({ status, reason }: DeliveryReport): boolean =>
  becomes(status) === 'failed' && /^UserIn(?:Black|Block)list$/i.test(reason ?? '');
