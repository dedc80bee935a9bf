// Owns the HTML of the sign-in page: works without scripts, with a keyboard, on a phone.

import { password, staffUsername } from './people.ts';

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? '');

const customerUsername = 'wanjiku@agizo.test';

function page(title: string, main: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Agizo</title>
<link rel="icon" href="/sandbox/page/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/sandbox/page/theme.css">
<link rel="stylesheet" href="/sandbox/page/sign-in.css">
</head>
<body>
<main>
<p class="brand"><img src="/sandbox/page/icon.svg" alt="" width="28" height="28"> Agizo</p>
${main}
</main>
</body>
</html>
`;
}

export interface SignInForm {
  /** The parameters of the authorization request, carried through the form. */
  parameters: Record<string, string>;
  /** Where the person is sent afterwards: its origin is shown. */
  redirectOrigin: string;
  username: string;
  error?: string | undefined;
}

export function signInPage(form: SignInForm): string {
  const hidden = Object.entries(form.parameters)
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join('');
  const as = (username: string, title: string, what: string) => `
<form method="post" action="/authorize">${hidden}
<input type="hidden" name="username" value="${username}"><input type="hidden" name="password" value="${password}">
<button class="person"><strong>${title}</strong><span>${what}</span></button>
</form>`;
  const error = form.error
    ? `<p class="error" id="error" role="alert">${escapeHtml(form.error)} The password is <b>${password}</b>.</p>`
    : '';
  const describedBy = `aria-describedby="${form.error ? 'error ' : ''}username-hint"`;
  return page(
    'Sign in',
    `<h1>Sign in</h1>
<p class="lead">to continue to <b>${escapeHtml(form.redirectOrigin)}</b></p>
<section aria-label="Ready-made people" class="people">
${as(customerUsername, 'Wanjiku', 'A customer: orders and sees her own')}
${as(staffUsername, 'Staff', 'Every permission')}
</section>
<p class="or"><span>or as anybody</span></p>
<form method="post" action="/authorize" class="fields">${hidden}${error}
<label for="username">User name</label>
<input id="username" name="username" type="email" autocomplete="username" required autocapitalize="none"
 spellcheck="false" value="${escapeHtml(form.username)}" placeholder="anybody@agizo.test" ${describedBy}${form.error ? ' aria-invalid="true"' : ''}>
<p class="hint" id="username-hint">Any name ending in <b>@agizo.test</b>; the same name is the same person next time.</p>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required aria-describedby="password-hint">
<p class="hint" id="password-hint">It is <b>${password}</b> for everybody.</p>
<button class="primary">Sign in</button>
</form>
<p class="note">This is the local stand-in for your identity provider. It exists on development machines only.</p>`,
  );
}

/** For a request that can't be answered with a redirect, because where to is what is wrong with it. */
export function signInRefusedPage(detail: string): string {
  return page(
    'Sign-in refused',
    `<h1>This sign-in link is not right</h1>
<p class="lead" role="alert">${escapeHtml(detail)}</p>
<p>Start again from the application you came from, or from the <a href="/docs/">API documents</a>.</p>`,
  );
}
