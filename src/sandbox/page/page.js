// Owns the page as a whole: starts its parts and reads each again when the sandbox says that it has changed.

import { byId } from './dom.js';
import { loadFaults, startFaults } from './faults.js';
import { loadInbox, startInbox } from './inbox.js';
import { loadPhone, startPhone } from './phone.js';

const loaders = { messages: loadPhone, emails: loadInbox, faults: loadFaults };
const retryMs = 2_000;

function showLive(isLive) {
  byId('live').dataset.live = String(isLive);
  byId('live').textContent = isLive ? 'Live' : 'Reconnecting…';
}

function follow() {
  const events = new EventSource('/sandbox/events');
  events.addEventListener('open', () => {
    showLive(true);
    for (const load of Object.values(loaders)) void load();
  });
  events.addEventListener('error', () => {
    showLive(false);
    // The browser tries again by itself, except after an answer that is not a stream.
    if (events.readyState === EventSource.CLOSED) setTimeout(follow, retryMs);
  });
  for (const [change, load] of Object.entries(loaders)) events.addEventListener(change, () => void load());
}

startPhone();
startInbox();
startFaults();
follow();
