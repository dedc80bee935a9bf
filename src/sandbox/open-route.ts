// Owns what all routes of the stand-ins have in common: anyone may call them, and the API documents leave them out.

export const open = { config: { access: 'anyone' as const }, schema: { hide: true } };
