// Owns writing something down about an order, for those who work here.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Order } from '../../api/client.ts';
import { draftPrefix } from '../../app/session.ts';
import { useShop } from '../../app/shop.tsx';
import { Button } from '../../ui/parts.tsx';
import { writeNote } from './order-queries.ts';

/** What was typed stays with the tab, whatever happens to the page. */
const draftOf = (order: Order): string => `${draftPrefix}note ${order.id}`;

export function NoteBox({ order }: { order: Order }) {
  const { t } = useShop();
  const queries = useQueryClient();
  const [text, setText] = useState(() => sessionStorage.getItem(draftOf(order)) ?? '');
  const change = (next: string) => {
    setText(next);
    sessionStorage.setItem(draftOf(order), next);
  };
  const save = useMutation({
    mutationFn: () => writeNote(order, text.trim()),
    onSuccess: () => {
      change('');
      return queries.invalidateQueries({ queryKey: ['order', order.code] });
    },
  });
  return (
    <form
      className="row"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== '') save.mutate();
      }}
    >
      <input
        className="input grow"
        maxLength={500}
        aria-label={t.order.writeNote}
        placeholder={t.order.writeNote}
        value={text}
        onChange={(event) => change(event.target.value)}
      />
      <Button type="submit" isDisabled={text.trim() === '' || save.isPending}>
        {t.save}
      </Button>
    </form>
  );
}
