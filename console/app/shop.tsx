// Owns what all pages know: the shop, the person, their language, and how money and times are written for them.

import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import { en, type Texts } from '../texts/en.ts';
import { sw } from '../texts/sw.ts';
import type { ConsoleConfig } from './config.ts';
import { mayDo, type Need } from './permissions.ts';
import type { Session } from './session.ts';

export interface Person {
  name: string;
  email: string;
  permissions: readonly string[];
}

export type Language = 'en' | 'sw';
export type Theme = 'system' | 'light' | 'dark';

export interface ShopContext {
  config: ConsoleConfig;
  session: Session;
  person: Person;
  t: Texts;
  language: Language;
  setLanguage: (language: Language) => void;
  theme: Theme;
  setTheme: (theme: Theme) => void;
  may: (need: Need) => boolean;
  money: (major: number) => string;
  /** A day and a time on the shop's wall. */
  moment: (iso: string) => string;
  /** The time alone of today, else the day. */
  brief: (iso: string) => string;
  count: (value: number) => string;
}

const Context = createContext<ShopContext | undefined>(undefined);

export function useShop(): ShopContext {
  const shop = useContext(Context);
  if (!shop) throw new Error('outside of the shop');
  return shop;
}

const kept = <T extends string>(name: string, known: readonly T[], otherwise: T): T => {
  const value = localStorage.getItem(name);
  return known.find((each) => each === value) ?? otherwise;
};

const showTheme = (theme: Theme): void => {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
};

const preferred = (): Language => (navigator.language.startsWith('sw') ? 'sw' : 'en');

interface Props {
  config: ConsoleConfig;
  session: Session;
  person: Person;
  children: ReactNode;
}

export function Shop({ config, session, person, children }: Props) {
  const [language, setLanguage] = useState(() => kept<Language>('language', ['en', 'sw'], preferred()));
  const [theme, setTheme] = useState(() => kept<Theme>('theme', ['system', 'light', 'dark'], 'system'));
  document.documentElement.lang = language;
  showTheme(theme);
  const value = useMemo((): ShopContext => {
    const locale = language === 'sw' ? 'sw-KE' : 'en-KE';
    const timeZone = config.time_zone;
    const money = new Intl.NumberFormat(locale, { style: 'currency', currency: config.currency });
    const whole = new Intl.NumberFormat(locale, {
      style: 'currency',
      currency: config.currency,
      maximumFractionDigits: 0,
    });
    const count = new Intl.NumberFormat(locale);
    const moment = new Intl.DateTimeFormat(locale, { timeZone, dateStyle: 'medium', timeStyle: 'short' });
    const time = new Intl.DateTimeFormat(locale, { timeZone, timeStyle: 'short' });
    const day = new Intl.DateTimeFormat(locale, { timeZone, day: 'numeric', month: 'short' });
    const date = new Intl.DateTimeFormat('en-CA', { timeZone });
    return {
      config,
      session,
      person,
      language,
      theme,
      t: language === 'sw' ? sw : en,
      setLanguage(next) {
        localStorage.setItem('language', next);
        setLanguage(next);
      },
      setTheme(next) {
        localStorage.setItem('theme', next);
        setTheme(next);
      },
      may: (need) => mayDo(person.permissions, need),
      money: (major) => (Number.isInteger(major) ? whole : money).format(major),
      count: (number) => count.format(number),
      moment: (iso) => moment.format(new Date(iso)),
      brief(iso) {
        const at = new Date(iso);
        return date.format(at) === date.format(new Date()) ? time.format(at) : day.format(at);
      },
    };
  }, [config, session, person, language, theme]);
  return <Context value={value}>{children}</Context>;
}
