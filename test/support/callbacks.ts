// Owns posting to the service as Africa's Talking does: forms, behind the token.

import { callbacksPath } from '../../src/callbacks/callback-scope.ts';
import type { Answer, Service } from './service.ts';

export type CallbackKind = 'delivery' | 'incoming' | 'opt-out';

export function callBack(service: Service, kind: CallbackKind, form: Record<string, string>): Promise<Answer> {
  return service.request('POST', `${callbacksPath('africas-talking', service.config.sms.callbackToken)}/${kind}`, {
    body: new URLSearchParams(form).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
}
