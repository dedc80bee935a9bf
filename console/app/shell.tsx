// Owns the frame around every page: navigation, the person's menu, the keyboard, and what is said when the line or the session is gone.

import { useIsFetching, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { CircleUser, Search } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Menu, MenuItem, MenuTrigger, Popover, Separator } from 'react-aria-components';
import { serviceRoot } from '../api/client.ts';
import { isUnreachable } from '../api/problem.ts';
import { fill } from '../texts/en.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Button } from '../ui/parts.tsx';
import { Toasts } from '../ui/toasts.tsx';
import { isTyping } from '../ui/use-rows.ts';
import { destinations } from './destinations.ts';
import { Palette } from './palette.tsx';
import { type Language, type Theme, useShop } from './shop.tsx';

export function Shell({ isSignedOut }: { isSignedOut: boolean }) {
  const { t, may, config, session } = useShop();
  const [open, setOpen] = useState<'palette' | 'keys'>();
  useKeys(setOpen);
  const close = () => setOpen(undefined);
  return (
    <div className="shell">
      <div className="side">
        <Link to="/" className="brand">
          <img src="icon.svg" alt="" width="26" height="26" />
          Agizo
        </Link>
        <nav className="nav" aria-label={t.pages}>
          {destinations
            .filter(({ need }) => may(need))
            .map(({ to, name, icon: Icon, isMinor }) => (
              <Link key={to} to={to} activeOptions={{ exact: to === '/' }} {...(isMinor && { 'data-minor': true })}>
                <Icon size={18} aria-hidden />
                {t[name]}
              </Link>
            ))}
        </nav>
        <span className="spacer" />
        <button type="button" onClick={() => setOpen('palette')}>
          <Search size={18} aria-hidden />
          {t.search}
          <span className="kbd">Ctrl K</span>
        </button>
        <PersonMenu onKeys={() => setOpen('keys')} />
      </div>
      <main className="content">
        <Offline />
        {isSignedOut && (
          <div className="note" role="alert">
            <div className="grow">
              <strong>{t.signedOut}</strong>
              <p>{t.signedOutHint}</p>
            </div>
            <Button variant="primary" onPress={() => void session.signIn()}>
              {t.signIn}
            </Button>
          </div>
        )}
        <Outlet />
      </main>
      <Palette isOpen={open === 'palette'} onClose={close} />
      <Keys isOpen={open === 'keys'} onClose={close} />
      <Toasts />
      <span hidden>{config.version}</span>
    </div>
  );
}

function PersonMenu({ onKeys }: { onKeys: () => void }) {
  const { t, person, session, language, setLanguage, theme, setTheme, config } = useShop();
  const languages: Record<Language, string> = { en: 'English', sw: 'Kiswahili' };
  const act = (key: string) => {
    if (key === 'keys') onKeys();
    else if (key === 'out') void session.signOut();
    else if (key === 'docs') open(`${serviceRoot}/docs/`, '_blank', 'noopener');
    else if (key === 'sandbox') open(`${serviceRoot}/sandbox/`, '_blank', 'noopener');
    else if (key in languages) setLanguage(key as Language);
    else setTheme(key as Theme);
  };
  return (
    <MenuTrigger>
      <Button variant="bare" aria-label={person.name}>
        <CircleUser size={18} aria-hidden />
        <span style={{ overflow: 'hidden', textOverflow: 'ellipsis' }}>{person.name}</span>
      </Button>
      <Popover placement="top start">
        <Menu className="menu" onAction={(key) => act(String(key))}>
          {(['en', 'sw'] as const).map((each) => (
            <MenuItem key={each} id={each} textValue={languages[each]}>
              <span className="grow">{languages[each]}</span>
              {language === each && '✓'}
            </MenuItem>
          ))}
          <Separator />
          {(['system', 'light', 'dark'] as const).map((each) => (
            <MenuItem key={each} id={each} textValue={t.themes[each]}>
              <span className="grow">{t.themes[each]}</span>
              {theme === each && '✓'}
            </MenuItem>
          ))}
          <Separator />
          <MenuItem id="keys">{t.keys}</MenuItem>
          <MenuItem id="docs">{t.apiDocs}</MenuItem>
          {config.has_sandbox && <MenuItem id="sandbox">{t.sandbox}</MenuItem>}
          <MenuItem id="out">{t.signOut}</MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

/** Says how old the page is while there is no line, or nobody who answers at its other end. */
function Offline() {
  const { t, brief } = useShop();
  const queries = useQueryClient();
  const [isOff, setIsOff] = useState(!navigator.onLine);
  useIsFetching();
  useEffect(() => {
    const look = () => setIsOff(!navigator.onLine);
    addEventListener('online', look);
    addEventListener('offline', look);
    return () => {
      removeEventListener('online', look);
      removeEventListener('offline', look);
    };
  }, []);
  const shown = queries
    .getQueryCache()
    .findAll({ type: 'active' })
    .map(({ state }) => state)
    .filter(({ dataUpdatedAt }) => dataUpdatedAt > 0);
  const old = isOff ? shown : shown.filter(({ error }) => isUnreachable(error));
  if (!isOff && old.length === 0) return null;
  const asOf = Math.min(Date.now(), ...old.map(({ dataUpdatedAt }) => dataUpdatedAt));
  return (
    <div className="note" role="status">
      {fill(isOff ? t.offline : t.unreachable, { time: brief(new Date(asOf).toISOString()) })}
    </div>
  );
}

function Keys({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useShop();
  const keys: [string, string][] = [
    ['Ctrl K', t.keysList.palette],
    ['?', t.keysList.help],
    ['j', t.keysList.down],
    ['k', t.keysList.up],
    ['Enter', t.keysList.open],
    ['x', t.keysList.select],
    [`g ${destinations.map(({ key }) => key).join(' ')}`, t.keysList.go],
  ];
  return (
    <Dialog title={t.keys} isOpen={isOpen} onClose={onClose}>
      <dl className="facts">
        {keys.map(([key, what]) => (
          <div key={key} style={{ display: 'contents' }}>
            <dt>
              <span className="kbd">{key}</span>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

function useKeys(open: (what: 'palette' | 'keys') => void): void {
  const navigate = useNavigate();
  useEffect(() => {
    let isGoing = false;
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key === 'k') {
        event.preventDefault();
        open('palette');
        return;
      }
      if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      const goal = isGoing ? destinations.find(({ key }) => key === event.key) : undefined;
      isGoing = event.key === 'g';
      if (goal) void navigate({ to: goal.to });
      else if (event.key === '?') open('keys');
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [navigate, open]);
}
