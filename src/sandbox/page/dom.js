// Owns the few things every part of the page does: find and make elements, keep a list in step, talk to the sandbox.

export const byId = (id) => document.getElementById(id);

/** An element with properties (and `data-` ones under `dataset`) and children; text is never read as HTML. */
export function element(tag, { dataset, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  Object.assign(made.dataset, dataset);
  made.append(...children);
  return made;
}

/** Makes the children those of `items`, keeping what is there, so that focus stays and only news is read out. */
export function syncChildren(parent, items, make, update) {
  const before = new Map([...parent.children].map((child) => [child.dataset.id, child]));
  items.forEach((item, index) => {
    const child = before.get(item.id) ?? make(item);
    before.delete(item.id);
    child.dataset.id = item.id;
    update(child, item);
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  });
  for (const gone of before.values()) gone.remove();
}

/** The answer's JSON. @throws Error with the problem's own words */
export async function call(method, path, body) {
  const options = {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  };
  const response = await fetch(path, options);
  if (response.status === 204) return undefined;
  const answer = await response.json();
  if (response.ok) return answer;
  const fields = (answer.errors ?? []).map(({ pointer, detail }) => `${pointer} ${detail}`).join(', ');
  throw new Error(fields ? `${answer.detail} (${fields})` : answer.detail);
}

/** Runs `action` and shows what went wrong, if anything did. */
export async function attempt(errorElement, action) {
  try {
    await action();
    errorElement.hidden = true;
  } catch (error) {
    errorElement.textContent = error.message;
    errorElement.hidden = false;
  }
}

/** Never two runs at once; asked again during one, it runs once more afterwards. */
export function oneAtATime(run) {
  let running = false;
  let again = false;
  return async function next() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      await run();
    } finally {
      running = false;
    }
    if (!again) return;
    again = false;
    await next();
  };
}

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
export const timeOfDay = (iso) => clock.format(new Date(iso));
