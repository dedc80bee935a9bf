-- What the timeline held before it said by what somebody acted. Few rows change, and none of them is waited for.

update order_events set actor = 'customer', via = 'sms' where actor = 'customer by SMS';

alter table order_events
  validate constraint order_events_actor_check,
  validate constraint order_events_kind_check,
  validate constraint order_events_via_check,
  validate constraint order_events_status_kind;
