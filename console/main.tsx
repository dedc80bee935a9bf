// Owns the start: what the service says of itself, who is signed in, and then the pages.

import './ui/tokens.css';
import './ui/base.css';
import './ui/shell.css';
import './ui/table.css';
import './pages/pages.css';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import { api, body, useTokensFrom } from './api/client.ts';
import { ApiProblem, isUnreachable } from './api/problem.ts';
import { readConfig } from './app/config.ts';
import { createConsoleRouter } from './app/router.tsx';
import { createSession, returnPath, type Session } from './app/session.ts';
import { Shop } from './app/shop.tsx';
import { toast } from './ui/toasts.tsx';

let isSignedOut = false;
const watching = new Set<() => void>();
const onSignedOut = () => {
  isSignedOut = true;
  for (const watch of watching) watch();
};

const useSignedOut = () =>
  useSyncExternalStore(
    (watch) => {
      watching.add(watch);
      return () => void watching.delete(watch);
    },
    () => isSignedOut,
  );

const queryClient = new QueryClient({
  queryCache: new QueryCache(),
  mutationCache: new MutationCache({ onError: (error) => toast(error.message, 'bad') }),
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      // A refusal stays one; a line that is gone comes back.
      retry: (times, error) => times < 2 && isUnreachable(error),
    },
  },
});

const router = createConsoleRouter();

function Console() {
  return <RouterProvider router={router} context={{ isSignedOut: useSignedOut() }} />;
}

async function start(): Promise<void> {
  const config = await readConfig();
  const session = createSession(config);
  if (location.pathname === new URL(returnPath, document.baseURI).pathname) {
    const back = await session.finish().catch(() => document.baseURI);
    history.replaceState(null, '', back);
  }
  if ((await session.token()) === undefined) return session.signIn();
  useTokensFrom(() => session.token(), onSignedOut);
  const person = await findPerson(session);
  if (!person) return;
  createRoot(document.getElementById('root') as HTMLElement).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <Shop config={config} session={session} person={person}>
          <Console />
        </Shop>
      </QueryClientProvider>
    </StrictMode>,
  );
}

/** Undefined for a token that is no good any more: whoever has it signs in again. */
async function findPerson(session: Session) {
  try {
    return await body(api.GET('/api/v1/me/'));
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
    await session.signIn();
    return undefined;
  }
}

start().catch((error: unknown) => {
  const root = document.getElementById('root') as HTMLElement;
  root.className = 'state';
  root.textContent = `The service does not answer: ${String(error)}`;
});
