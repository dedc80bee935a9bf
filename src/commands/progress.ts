// Owns the progress bar: one line on a terminal, redrawn in place; nothing where standard error is not one.

import type { Host } from './command.ts';

export interface Progress {
  /** @param total what `done` will be at the end; undefined where nobody knows */
  update(done: number, total: number | undefined, note: string): void;
  /** Writes a line above the bar. */
  tell(text: string): void;
  /** Takes the bar away. */
  end(): void;
}

const barWidth = 24;
const redrawMs = 100;

export function createProgress(host: Host, nowMs: () => number): Progress {
  const { columns } = host;
  let [drawnAtMs, shown] = [Number.NEGATIVE_INFINITY, ''];
  const erase = () => (shown === '' ? '' : '\r\x1b[2K');
  return {
    update(done, total, note) {
      if (columns === undefined || nowMs() - drawnAtMs < redrawMs) return;
      drawnAtMs = nowMs();
      shown = `${total === undefined ? '' : `${bar(done / total)} `}${note}`.slice(0, columns - 1);
      host.tell(`\r\x1b[2K${shown}`);
    },
    tell(text) {
      host.tell(`${erase()}${text}\n${shown}`);
    },
    end() {
      host.tell(erase());
      shown = '';
    },
  };
}

function bar(part: number): string {
  const full = Math.round(Math.min(part, 1) * barWidth);
  return `${'█'.repeat(full)}${'░'.repeat(barWidth - full)} ${String(Math.floor(Math.min(part, 1) * 100)).padStart(3)} %`;
}
