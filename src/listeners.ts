// Owns who listens to what orders say: for each listener the kind of job that tells it.

/** The oldest listener's jobs have the event's own name, which those that an earlier release queued carry. */
export const orderListeners = { announcements: 'orders-changed' } as const;
