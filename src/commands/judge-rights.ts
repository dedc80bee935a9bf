// Owns what the doctor says of who is staff.

import type { Config } from '../config.ts';
import { type Finding, ok, warning } from './finding.ts';

/** Who is staff is decided at the issuer, where nobody but its owner can look. */
export function judgeRights({ identity: { audience, scopeCounts } }: Config): Finding {
  if (scopeCounts === 'machines') {
    return ok(
      `Staff are who it says in "permissions": Auth0 does with "Enable RBAC" and "Add Permissions in the Access Token" of ${audience}.`,
    );
  }
  return warning(
    'SCOPE_COUNTS=everybody: a person without "permissions" has every staff right that their application asks for and the issuer gives.',
    'With Auth0 leave SCOPE_COUNTS out, and switch on RBAC with "Add Permissions in the Access Token".',
  );
}
