// Owns what a check of the doctor finds.

export interface Finding {
  state: 'ok' | 'warning' | 'failed';
  text: string;
  mend?: string;
}

export const ok = (text: string): Finding => ({ state: 'ok', text });
export const warning = (text: string, mend: string): Finding => ({ state: 'warning', text, mend });
export const failed = (text: string, mend: string): Finding => ({ state: 'failed', text, mend });
