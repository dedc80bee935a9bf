// Owns the end of processes whose starter is gone: also one that is killed leaves nothing running for hours.

import { spawn } from 'node:child_process';

export interface Guardian {
  /** From now on this process and those of its group end with ours. It leads a group of its own. */
  watch(leader: number): void;
  /** They have ended. */
  leave(): void;
}

// Its input ends when our process does, whatever ends it.
const script =
  'led=; while read -r leader; do led="$led $leader"; done; for each in $led; do kill -KILL "-$each" 2>/dev/null; done';

export function startGuardian(): Guardian {
  const guardian = spawn('/bin/sh', ['-c', script, 'agizo-guardian'], {
    // Ctrl-C in the terminal is for those whom it watches.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guardian.unref();
  (guardian.stdin as unknown as { unref(): void }).unref();
  return {
    watch: (leader) => void guardian.stdin.write(`${leader}\n`),
    leave: () => void guardian.kill('SIGKILL'),
  };
}
