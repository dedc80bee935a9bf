// Owns the audit trail: who changed what, from what to what, newest first.

import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { type AuditEntry, api, page } from '../../api/client.ts';
import { useShop } from '../../app/shop.tsx';
import { Button, Failure, Skeleton, State } from '../../ui/parts.tsx';

const pageSize = 50;

export function AuditPage() {
  const { t } = useShop();
  const list = useInfiniteQuery({
    queryKey: ['audit'],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      page<AuditEntry>(
        api.GET('/api/v1/audit/', {
          params: { query: { limit: pageSize, ...(pageParam !== undefined && { cursor: pageParam }) } },
        }),
      ),
    getNextPageParam: (last) => last.next,
  });
  const entries = useMemo(() => list.data?.pages.flatMap(({ items }) => items) ?? [], [list.data]);
  return (
    <>
      <div className="title">
        <h1>{t.audit}</h1>
      </div>
      <section className="panel" aria-label={t.audit}>
        {list.isPending ? (
          <Skeleton />
        ) : list.isError && entries.length === 0 ? (
          <Failure error={list.error} retry={() => void list.refetch()} />
        ) : entries.length === 0 ? (
          <State title={t.trail.none} hint={t.trail.noneHint} />
        ) : (
          <table className="table cards">
            <thead>
              <tr>
                <th>{t.trail.what}</th>
                <th>{t.trail.changes}</th>
                <th>{t.trail.who}</th>
                <th>{t.trail.when}</th>
              </tr>
            </thead>
            <tbody>
              {entries.map((entry) => (
                <Entry key={entry.id} entry={entry} />
              ))}
            </tbody>
          </table>
        )}
        {list.hasNextPage && (
          <div className="more">
            <Button variant="bare" isDisabled={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
              {t.loadMore}
            </Button>
          </div>
        )}
      </section>
    </>
  );
}

const plain = (value: unknown): string =>
  value === null ? '–' : typeof value === 'string' ? value : JSON.stringify(value);

function Entry({ entry }: { entry: AuditEntry }) {
  const { brief, moment, money, config } = useShop();
  const { maximumFractionDigits: decimals = 0 } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency: config.currency,
  }).resolvedOptions();
  const shown = (field: string, value: unknown) =>
    field.endsWith('_minor') && typeof value === 'number' ? money(value / 10 ** decimals) : plain(value);
  const { subject, action, changes, note, actor, at } = entry;
  return (
    <tr>
      <td>
        <div>
          <span className="name">{subject.label}</span>
          <div className="quiet">
            {subject.type} · {action}
          </div>
        </div>
      </td>
      <td data-full>
        <div>
          {Object.entries(changes).map(([field, [before, after]]) => (
            <div key={field} className="said">
              {field.replace(/_minor$/, '')}: {shown(field, before)} → <strong>{shown(field, after)}</strong>
            </div>
          ))}
          {note !== '' && <div className="said">{note}</div>}
        </div>
      </td>
      <td className="end">{actor.name ?? actor.user.slice(0, 8)}</td>
      <td className="quiet" title={moment(at)}>
        {brief(at)}
      </td>
    </tr>
  );
}
