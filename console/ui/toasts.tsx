// Owns short messages at the corner, which go by themselves and are read aloud.

import { CheckCircle2, CircleAlert } from 'lucide-react';
import { useSyncExternalStore } from 'react';

interface Toast {
  id: number;
  text: string;
  tone: 'good' | 'bad';
}

const shownMs = 6_000;
let toasts: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

export function toast(text: string, tone: Toast['tone'] = 'good'): void {
  const id = (last += 1);
  set([...toasts, { id, text, tone }]);
  setTimeout(() => set(toasts.filter((each) => each.id !== id)), shownMs);
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className="toasts" role="status">
      {shown.map(({ id, text, tone }) => (
        <div key={id} className="toast">
          {tone === 'good' ? (
            <CheckCircle2 size={18} color="var(--accent)" aria-hidden />
          ) : (
            <CircleAlert size={18} color="var(--danger)" aria-hidden />
          )}
          <span>{text}</span>
        </div>
      ))}
    </div>
  );
}
