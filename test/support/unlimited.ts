// Owns the settings of a service whose few identities order and ask without end, as tests and loads do.

export const unlimited = {
  ORDERS_PER_CUSTOMER: 'off',
  NUMBERS_PER_CUSTOMER: 'off',
  REQUESTS_PER_CALLER: 'off',
  REQUESTS_PER_ADDRESS: 'off',
  FAILED_TOKENS_PER_ADDRESS: 'off',
};
