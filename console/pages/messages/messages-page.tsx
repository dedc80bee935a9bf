// Owns the ledger of messages: what went out and what failed, which is sent again or taken note of here.

import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Mail, MessageSquare } from 'lucide-react';
import { useMemo } from 'react';
import { api, body, type Message, page } from '../../api/client.ts';
import { useShop } from '../../app/shop.tsx';
import { Button, Failure, MessageBadge, Skeleton, State } from '../../ui/parts.tsx';
import { toast } from '../../ui/toasts.tsx';

const pageSize = 50;
const lookEveryMs = 10_000;

export function MessagesPage({ attention }: { attention: boolean }) {
  const { t } = useShop();
  const navigate = useNavigate();
  const list = useInfiniteQuery({
    queryKey: ['messages', attention],
    initialPageParam: undefined as string | undefined,
    refetchInterval: lookEveryMs,
    queryFn: ({ pageParam }) =>
      page<Message>(
        api.GET('/api/v1/messages/', {
          params: {
            query: {
              limit: pageSize,
              ...(attention && { needs_attention: true as const }),
              ...(pageParam !== undefined && { cursor: pageParam }),
            },
          },
        }),
      ),
    getNextPageParam: (last) => last.next,
  });
  const messages = useMemo(() => list.data?.pages.flatMap(({ items }) => items) ?? [], [list.data]);
  const show = (only: boolean) =>
    void navigate({ to: '/messages', search: only ? { attention: true } : {}, replace: true });
  return (
    <>
      <div className="title">
        <h1>{t.messages}</h1>
        <div className="tabs" role="group" aria-label={t.order.status}>
          <button type="button" aria-pressed={!attention} onClick={() => show(false)}>
            {t.all}
          </button>
          <button type="button" aria-pressed={attention} onClick={() => show(true)}>
            {t.message.attention}
          </button>
        </div>
      </div>
      <section className="panel" aria-label={t.messages}>
        {list.isPending ? (
          <Skeleton />
        ) : list.isError && messages.length === 0 ? (
          <Failure error={list.error} retry={() => void list.refetch()} />
        ) : messages.length === 0 ? (
          <State title={t.message.none} hint={t.message.noneHint} />
        ) : (
          <ul className="ledger">
            {messages.map((message) => (
              <MessageRow key={message.id} message={message} />
            ))}
          </ul>
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

function MessageRow({ message }: { message: Message }) {
  const { t, may, brief, moment } = useShop();
  const queries = useQueryClient();
  const after = { onSettled: () => queries.invalidateQueries({ queryKey: ['messages'] }) };
  const params = { path: { id: message.id } };
  const resend = useMutation({
    ...after,
    mutationFn: () =>
      body(api.POST('/api/v1/messages/{id}/resend/', { params, body: { note: t.order.resend } as never })),
    onSuccess: () => toast(t.message.resent),
  });
  const acknowledge = useMutation({
    ...after,
    mutationFn: () =>
      body(api.POST('/api/v1/messages/{id}/acknowledge/', { params, body: { note: t.message.acknowledged } as never })),
    onSuccess: () => toast(t.message.acknowledged),
  });
  const Icon = message.channel === 'sms' ? MessageSquare : Mail;
  return (
    <li>
      <Icon size={16} aria-label={message.channel} />
      <div className="grow">
        <div className="row">
          <strong>{message.recipient}</strong>
          <MessageBadge status={message.status} />
          {message.order_code !== null && (
            <Link to="/orders/$code" params={{ code: message.order_code }} className="mono">
              {message.order_code}
            </Link>
          )}
          <span className="grow" />
          <time className="quiet" dateTime={message.created_at} title={moment(message.created_at)}>
            {brief(message.created_at)}
          </time>
        </div>
        <p className="said">{message.text}</p>
        {message.failure !== null && <p className="danger">{message.failure}</p>}
        {message.needs_attention && may('manageMessages') && (
          <div className="row" style={{ marginTop: 8 }}>
            <Button isDisabled={resend.isPending} onPress={() => resend.mutate()}>
              {t.order.resend}
            </Button>
            <Button variant="bare" isDisabled={acknowledge.isPending} onPress={() => acknowledge.mutate()}>
              {t.message.acknowledge}
            </Button>
          </div>
        )}
      </div>
    </li>
  );
}
