// Owns walking a list by keyboard: j and k, Enter to open, x to select.

import { useEffect, useState } from 'react';

/** Whether keys are for a field. A box that was ticked keeps the focus, and nobody types there. */
export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement
    ? target.type !== 'checkbox'
    : target instanceof HTMLElement && (/^(TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable);

/** Enter there has a meaning of its own. */
const isPressable = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('a, button') !== null;

interface Rows {
  count: number;
  onOpen: (index: number) => void;
  onSelect?: (index: number) => void;
}

/** The row that the keyboard is at; -1 before any key was pressed. */
export function useRows({ count, onOpen, onSelect }: Rows): number {
  const [at, setAt] = useState(-1);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isInDialog = document.querySelector('.backdrop') !== null;
      if (isInDialog || isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'j') setAt((before) => Math.min(before + 1, count - 1));
      else if (event.key === 'k') setAt((before) => Math.max(before - 1, 0));
      else if (event.key === 'x' && at >= 0) onSelect?.(at);
      else if (event.key === 'Enter' && at >= 0 && !isPressable(event.target)) onOpen(at);
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [at, count, onOpen, onSelect]);
  useEffect(() => {
    document.querySelector('tr[data-at]')?.scrollIntoView({ block: 'nearest' });
  });
  return at < count ? at : -1;
}
