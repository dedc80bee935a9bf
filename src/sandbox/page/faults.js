// Owns the faults panel: the usual ways to misbehave by name, and what is in force.

import { attempt, byId, call, element, oneAtATime, timeOfDay } from './dom.js';

const choices = {
  sms: [
    ['Works', {}],
    ['Out of credit (405)', { status_code: 405 }],
    ['Number blacklisted (406)', { status_code: 406 }],
    ['Could not route (407)', { status_code: 407 }],
    ['Gateway error (501)', { status_code: 501 }],
    ['Sender refused, no recipients', { refusal: 'InvalidSenderId' }],
    ['Too many requests (HTTP 429)', { http_status: 429, text: 'Too many requests' }],
    ['Down (HTTP 503)', { http_status: 503, text: 'Service Unavailable' }],
    ['Never answers, message lost', { timeout: 'lost' }],
    ['Never answers, message sent', { timeout: 'sent' }],
    ['Slow (3 s)', { delay_ms: 3000 }],
  ],
  delivery_reports: [
    ['In order', {}],
    ['Late (10 s)', { delay_ms: 10_000 }],
    ['In the wrong order', { statuses: ['Success', 'Sent'] }],
    ['Twice', { statuses: ['Sent', 'Sent', 'Success', 'Success'] }],
    ['Delivery failed', { statuses: ['Sent', 'Failed'], failure_reason: 'DeliveryFailure' }],
    ['Phone is off', { statuses: ['Sent', 'Buffered', 'AbsentSubscriber'], failure_reason: 'AbsentSubscriber' }],
    ['Never come', { statuses: [] }],
  ],
  mail: [
    ['Works', {}],
    ['Refuses connections', { refuse_connections: true }],
    ['Try again later (451)', { reply_code: 451 }],
    ['Refused for good (554)', { reply_code: 554 }],
    ['No such recipient (550)', { reply_code: 550, stage: 'rcpt_to' }],
    ['Slow (3 s)', { delay_ms: 3000 }],
  ],
  issuer: [
    ['Works', {}],
    ['Down (503)', { status: 503 }],
    ['Key set down (503)', { status: 503, endpoints: ['jwks'] }],
    ['Slow (3 s)', { delay_ms: 3000 }],
    ['Rotate keys now', { rotate: 'graceful' }],
    ['Revoke keys now', { rotate: 'emergency' }],
  ],
};
const names = {
  sms: 'the SMS gateway',
  delivery_reports: 'delivery reports',
  mail: 'the mail server',
  issuer: 'the token issuer',
};

const selectOf = (part) => byId(`fault-${part}`);
const error = byId('fault-error');

/** Reads what is in force again. */
export const loadFaults = oneAtATime(async () => {
  const faults = await call('GET', '/sandbox/faults');
  const inForce = Object.entries(faults).filter(([, fault]) => fault !== null);
  const banner = byId('misbehaving');
  banner.hidden = inForce.length === 0;
  banner.firstElementChild.textContent = `Misbehaving on request: ${inForce.map(([part]) => names[part]).join(', ')}.`;
  byId('fault-state').hidden = inForce.length === 0;
  byId('fault-state').textContent = JSON.stringify(Object.fromEntries(inForce), null, 2);
  for (const part of Object.keys(choices)) showChoice(part, faults[part] ?? {});
});

/** What is in force may have been set elsewhere, to something that has no name here: then nothing is chosen. */
function showChoice(part, { share: _share, times: _times, seed: _seed, ...fault }) {
  const inForce = JSON.stringify(fault);
  // A fault that only counts down must not undo a choice that is being made.
  if (selectOf(part).dataset.inForce === inForce) return;
  selectOf(part).dataset.inForce = inForce;
  selectOf(part).value = String(choices[part].findIndex(([, each]) => JSON.stringify(each) === inForce));
}

async function apply() {
  const share = Number(byId('fault-share').value) / 100;
  const times = Number(byId('fault-times').value);
  const body = Object.fromEntries(
    Object.entries(choices).flatMap(([part, options]) => {
      const fault = options[selectOf(part).value]?.[1];
      if (!fault) return [];
      const dosed = Object.keys(fault).some((key) => key !== 'rotate');
      return [[part, dosed ? { ...fault, ...(share < 1 && { share }), ...(times > 0 && { times }) } : fault]];
    }),
  );
  await call('POST', '/sandbox/faults', body);
  for (const part of Object.keys(choices)) delete selectOf(part).dataset.inForce;
  await loadFaults();
  byId('fault-done').textContent = `Applied at ${timeOfDay(new Date())}.`;
}

async function resetAll() {
  await call('DELETE', '/sandbox/faults');
  byId('fault-done').textContent = 'Everything works again.';
}

const reset = () => void attempt(error, resetAll);

export function startFaults() {
  for (const [part, options] of Object.entries(choices)) {
    selectOf(part).append(...options.map(([name], index) => element('option', { value: String(index) }, name)));
  }
  byId('fault-form').addEventListener('submit', (event) => {
    event.preventDefault();
    void attempt(error, apply);
  });
  byId('reset').addEventListener('click', reset);
  byId('misbehaving').querySelector('button').addEventListener('click', reset);
}
