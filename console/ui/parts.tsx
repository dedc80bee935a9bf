// Owns the small pieces: buttons, badges, states of a page, fields of facts.

import { CloudOff, Inbox, Lock, SearchX } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps } from 'react-aria-components';
import type { Message, OrderStatus } from '../api/client.ts';
import { ApiProblem, isOffline } from '../api/problem.ts';
import { useShop } from '../app/shop.tsx';

type Variant = 'primary' | 'danger' | 'bare';

export function Button({
  variant,
  icon,
  ...props
}: Omit<ButtonProps, 'className'> & { variant?: Variant; icon?: boolean }) {
  return (
    <AriaButton
      {...props}
      className="button"
      {...(variant && { 'data-variant': variant })}
      {...(icon && { 'data-icon': true })}
    />
  );
}

const orderTones: Record<OrderStatus, string> = {
  pending: 'warning',
  confirmed: 'info',
  dispatched: 'info',
  completed: 'good',
  cancelled: '',
};

export function StatusBadge({ status }: { status: OrderStatus }) {
  const { t } = useShop();
  return (
    <span className="badge" data-tone={orderTones[status]}>
      {t.statuses[status]}
    </span>
  );
}

const messageTones: Record<Message['status'], string> = {
  queued: '',
  sending: 'info',
  sent: 'info',
  delivered: 'good',
  failed: 'danger',
  cancelled: '',
};

export function MessageBadge({ status }: { status: Message['status'] }) {
  const { t } = useShop();
  return (
    <span className="badge" data-tone={messageTones[status]}>
      {t.messageStatuses[status]}
    </span>
  );
}

interface StateProps {
  title: string;
  hint?: string;
  icon?: ReactNode;
  children?: ReactNode;
}

/** What a page says when it has nothing to show. */
export function State({ title, hint, icon = <Inbox size={28} />, children }: StateProps) {
  return (
    <div className="state" role="status">
      {icon}
      <strong>{title}</strong>
      {hint !== undefined && <p>{hint}</p>}
      {children}
    </div>
  );
}

export function NoPermission() {
  const { t } = useShop();
  return <State title={t.noPermission} hint={t.noPermissionHint} icon={<Lock size={28} />} />;
}

export function NothingFound() {
  const { t } = useShop();
  return <State title={t.nothingFound} hint={t.nothingFoundHint} icon={<SearchX size={28} />} />;
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useShop();
  const hint = isOffline(error) ? undefined : (error as Error).message;
  const isMissing = error instanceof ApiProblem && error.status === 404;
  return (
    <State
      title={isMissing ? t.notFound : t.failed}
      {...(hint !== undefined && { hint: isMissing ? t.notFoundHint : hint })}
      icon={<CloudOff size={28} />}
    >
      {retry && !isMissing && <Button onPress={retry}>{t.retry}</Button>}
    </State>
  );
}

export function Skeleton({ rows = 8 }: { rows?: number }) {
  const { t } = useShop();
  return (
    <div role="status" aria-label={t.loading} style={{ display: 'grid', gap: 20, padding: 16 }}>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="skeleton" style={{ height: 14, width: `${92 - ((row * 13) % 40)}%` }} />
      ))}
    </div>
  );
}

interface PanelProps {
  title: string;
  end?: ReactNode;
  flush?: boolean;
  children: ReactNode;
}

export function Panel({ title, end, flush = false, children }: PanelProps) {
  return (
    <section className="panel">
      <header>
        <h2>{title}</h2>
        {end}
      </header>
      {flush ? children : <div className="body">{children}</div>}
    </section>
  );
}

export function Facts({ facts }: { facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name} style={{ display: 'contents' }}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
