// Owns the phone: which number it is, its messages, and what is texted from it.

import { attempt, byId, call, element, oneAtATime, syncChildren, timeOfDay } from './dom.js';

const shown = 200;
const other = 'other';
const statusWords = { sent: 'On its way', delivered: 'Delivered', failed: 'Not delivered', received: 'Sent' };

const number = byId('number');
const screen = byId('messages');
const list = screen.querySelector('ol');
let phone = new URLSearchParams(location.search).get('phone') ?? '';
let optedOut = false;

const orderCommands = `TOKEN=$(curl -s ${location.origin}/oauth/token -d grant_type=password \\
  -d username=wanjiku@agizo.test -d password=agizo | cut -d'"' -f4)
PRODUCT=$(curl -s ${location.origin}/api/v1/products/ | grep -o '"id":"[^"]*"' | head -1 | cut -d'"' -f4)
curl ${location.origin}/api/v1/orders/ -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' \\
  -d '{"items":[{"product":"'$PRODUCT'","quantity":1}],"phone_number":"+254712345678"}'`;

/** Reads the phones and the chosen one's messages again. */
export const loadPhone = oneAtATime(async () => {
  const phones = await call('GET', '/sandbox/phones');
  phone ||= phones[0]?.phone ?? '';
  showNumbers(phones);
  optedOut = phones.find((each) => each.phone === phone)?.opted_out ?? false;
  const query = new URLSearchParams({ phone, limit: shown });
  showMessages(phone ? await call('GET', `/sandbox/messages?${query}`) : []);
  byId('opt-out').hidden = !phone;
  byId('opt-out').textContent = optedOut ? 'Opt in again' : 'Opt out';
  byId('opt-out-state').textContent = optedOut ? 'Takes no messages from the shop.' : '';
});

function showNumbers(phones) {
  const numbers = phones.map((each) => each.phone);
  if (phone && !numbers.includes(phone)) numbers.unshift(phone);
  const choices = numbers.map((each) => ({ id: each, text: each }));
  if (numbers.length === 0) choices.push({ id: '', text: 'No number yet' });
  choices.push({ id: other, text: 'Another number…' });
  syncChildren(
    number,
    choices,
    ({ id }) => element('option', { value: id }),
    (option, { text }) => {
      if (option.textContent !== text) option.textContent = text;
    },
  );
  if (number.value !== other || byId('other').hidden) number.value = phone;
}

function showMessages(messages) {
  const wasAtEnd = screen.scrollHeight - screen.scrollTop - screen.clientHeight < 40;
  const count = list.children.length;
  syncChildren(list, messages.toReversed(), makeBubble, updateBubble);
  byId('no-messages').hidden = messages.length > 0;
  if (wasAtEnd || count === 0) screen.scrollTop = messages.length > 0 ? screen.scrollHeight : 0;
}

function makeBubble({ from, text, sent_at }) {
  const who = from === phone ? 'You' : 'Shop';
  return element(
    'li',
    { className: from === phone ? 'mine' : 'theirs' },
    element('p', {}, element('span', { className: 'visually-hidden' }, `${who}: `), text),
    element('small', {}, element('time', { dateTime: sent_at }, timeOfDay(sent_at)), ' · ', element('span')),
  );
}

function updateBubble(bubble, { status }) {
  if (bubble.dataset.status === status) return;
  bubble.dataset.status = status;
  bubble.querySelector('small span').textContent = statusWords[status];
}

function choose(next) {
  phone = next;
  list.replaceChildren();
  byId('other').hidden = true;
  history.replaceState(null, '', `?${new URLSearchParams({ phone })}${location.hash}`);
  return loadPhone();
}

async function copyOrderCommands() {
  await navigator.clipboard.writeText(orderCommands);
  byId('copy').textContent = 'Copied';
}

export function startPhone() {
  const error = byId('phone-error');
  byId('order-commands').textContent = orderCommands;
  byId('copy').addEventListener('click', () => void copyOrderCommands());
  number.addEventListener('change', () => {
    const isOther = number.value === other;
    byId('other').hidden = !isOther;
    if (isOther) byId('other-number').focus();
    else void choose(number.value);
  });
  byId('other').addEventListener('submit', (event) => {
    event.preventDefault();
    void choose(byId('other-number').value.replaceAll(' ', ''));
  });
  byId('reply').addEventListener('submit', (event) => {
    event.preventDefault();
    const field = byId('reply-text');
    void attempt(error, async () => {
      if (!phone) throw new Error('Choose the number that this text comes from first.');
      await call('POST', '/sandbox/messages', { from: phone, text: field.value });
      field.value = '';
    });
  });
  byId('opt-out').addEventListener('click', () => {
    const query = new URLSearchParams({ phone });
    void attempt(error, () =>
      optedOut ? call('DELETE', `/sandbox/opt-outs?${query}`) : call('POST', '/sandbox/opt-outs', { phone }),
    );
  });
  byId('clear-messages').addEventListener(
    'click',
    () => void attempt(error, () => call('DELETE', '/sandbox/messages')),
  );
}
