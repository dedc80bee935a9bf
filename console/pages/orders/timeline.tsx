// Owns the list of what happened to an order: each step with the messages that told of it.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Mail, MessageSquare } from 'lucide-react';
import { api, body, type OrderEvent } from '../../api/client.ts';
import { useShop } from '../../app/shop.tsx';
import { fill } from '../../texts/en.ts';
import { Button, MessageBadge } from '../../ui/parts.tsx';
import { toast } from '../../ui/toasts.tsx';

export function Timeline({ events, orderCode }: { events: readonly OrderEvent[]; orderCode: string }) {
  const { t, moment } = useShop();
  return (
    <ol className="timeline">
      {events.toReversed().map((event) => (
        <li key={`${event.created_at} ${event.version}`}>
          <div className="row">
            <strong>{event.status === null ? t.order.aNote : t.moved[event.status]}</strong>
            <span className="quiet">
              {fill(t.order.by, { actor: event.actor_name ?? t.actors[event.actor] })}
              {event.via === 'sms' && ' (SMS)'}
            </span>
            <span className="grow" />
            <time className="quiet" dateTime={event.created_at}>
              {moment(event.created_at)}
            </time>
          </div>
          {event.note !== '' && <p className="said">{event.note}</p>}
          {event.messages?.map((message) => (
            <MessageLine key={message.id} message={message} orderCode={orderCode} />
          ))}
        </li>
      ))}
    </ol>
  );
}

type EventMessage = NonNullable<OrderEvent['messages']>[number];

function MessageLine({ message, orderCode }: { message: EventMessage; orderCode: string }) {
  const { t, may } = useShop();
  const queries = useQueryClient();
  const resend = useMutation({
    mutationFn: () =>
      body(
        api.POST('/api/v1/messages/{id}/resend/', {
          params: { path: { id: message.id } },
          body: { note: t.order.resend } as never,
        }),
      ),
    onSuccess: () => toast(t.message.resent),
    onSettled: () => queries.invalidateQueries({ queryKey: ['order', orderCode] }),
  });
  const Icon = message.channel === 'sms' ? MessageSquare : Mail;
  const isOver = message.status === 'failed' || message.status === 'sent' || message.status === 'delivered';
  return (
    <div className="message">
      <Icon size={16} aria-label={message.channel} />
      <div className="grow">
        <div className="row">
          <span>{message.recipient}</span>
          <MessageBadge status={message.status} />
          {message.cost && (
            <span className="quiet">
              {message.cost.currency} {message.cost.amount}
            </span>
          )}
        </div>
        {message.text !== undefined && message.text !== '' && <p className="said">{message.text}</p>}
        {message.failure !== undefined && message.failure !== null && <p className="danger">{message.failure}</p>}
      </div>
      {isOver && may('manageMessages') && message.status === 'failed' && (
        <Button isDisabled={resend.isPending} onPress={() => resend.mutate()}>
          {t.order.resend}
        </Button>
      )}
    </div>
  );
}
