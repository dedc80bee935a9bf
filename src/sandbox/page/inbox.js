// Owns the inbox: the list of e-mails and the one that is open. HTML mail is shown in a frame that can do nothing.

import { byId, call, element, oneAtATime, syncChildren, timeOfDay } from './dom.js';

const shown = 100;
const list = byId('emails');
let emails = [];
let openId;
let asText = false;

/** Reads the newest e-mails again. */
export const loadInbox = oneAtATime(async () => {
  emails = await call('GET', `/sandbox/emails?limit=${shown}`);
  byId('no-emails').hidden = emails.length > 0;
  list.hidden = emails.length === 0;
  syncChildren(list, emails, makeEntry, updateEntry);
  if (!emails.some(({ id }) => id === openId)) show(undefined);
});

function makeEntry(email) {
  const entry = element(
    'button',
    { type: 'button' },
    element('b', {}, email.subject || 'No subject'),
    element('span', {}, email.to),
    element('time', { dateTime: email.received_at }, timeOfDay(email.received_at)),
  );
  entry.addEventListener('click', () => {
    show(email);
    byId('email').focus({ preventScroll: true });
    byId('email').scrollIntoView({ block: 'nearest' });
  });
  return element('li', {}, entry);
}

function updateEntry(item, { id }) {
  item.firstChild.setAttribute('aria-current', String(id === openId));
}

function show(email) {
  openId = email?.id;
  for (const item of list.children) updateEntry(item, { id: item.dataset.id });
  byId('email').hidden = !email;
  if (!email) return;
  byId('subject').textContent = email.subject || 'No subject';
  byId('from').textContent = email.from;
  byId('to').textContent = email.to;
  byId('at').textContent = new Date(email.received_at).toLocaleString();
  byId('text').textContent = email.text;
  byId('views').hidden = email.html === null;
  const isText = asText || email.html === null;
  byId('as-html').setAttribute('aria-pressed', String(!isText));
  byId('as-text').setAttribute('aria-pressed', String(isText));
  byId('text').hidden = !isText;
  byId('html').hidden = isText;
  byId('html').src = isText ? 'about:blank' : `/sandbox/emails/${email.id}/html`;
}

function showAs(text) {
  asText = text;
  show(emails.find(({ id }) => id === openId));
}

export function startInbox() {
  byId('as-html').addEventListener('click', () => showAs(false));
  byId('as-text').addEventListener('click', () => showAs(true));
  byId('clear-emails').addEventListener('click', () => void call('DELETE', '/sandbox/emails'));
}
