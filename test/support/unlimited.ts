// Owns the settings of a service whose few identities order and ask without end, as tests and loads do.

export const unlimited = { ORDERS_PER_CUSTOMER: 'off', NUMBERS_PER_CUSTOMER: 'off' };
