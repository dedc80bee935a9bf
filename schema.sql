-- The schema after all migrations. Generated: npm run generate.

create extension pg_trgm;

create sequence order_numbers as bigint minvalue 0 maxvalue 34359738367;

create table alarms (
  kind text not null,
  raised_at timestamp with time zone not null,
  constraint alarms_pkey PRIMARY KEY (kind),
  constraint alarms_kind_check CHECK (kind ~ '^[a-z-]{1,40}$'::text)
);

create table audit_trail (
  id uuid not null,
  action text not null,
  subject_type text not null,
  subject_id text not null,
  note text not null default ''::text,
  changes jsonb not null default '{}'::jsonb,
  actor_user_id uuid not null,
  created_at timestamp with time zone not null,
  actor_name text,
  subject_label text,
  constraint audit_trail_pkey PRIMARY KEY (id),
  constraint audit_trail_action_check CHECK (action ~ '^[a-z-]{1,40}$'::text),
  constraint audit_trail_actor_name_check CHECK (length(actor_name) <= 200),
  constraint audit_trail_changes_check CHECK (jsonb_typeof(changes) = 'object'::text),
  constraint audit_trail_note_check CHECK (length(note) <= 640),
  constraint audit_trail_subject_id_check CHECK (length(subject_id) >= 1 AND length(subject_id) <= 100),
  constraint audit_trail_subject_label_check CHECK (length(subject_label) <= 200),
  constraint audit_trail_subject_type_check CHECK (subject_type ~ '^[a-z-]{1,40}$'::text)
);

CREATE INDEX audit_trail_action ON public.audit_trail USING btree (action, id);
CREATE INDEX audit_trail_actor ON public.audit_trail USING btree (actor_user_id, id);
CREATE INDEX audit_trail_subject ON public.audit_trail USING btree (subject_type, subject_id, id);

create table categories (
  id uuid not null,
  parent_id uuid,
  code text not null,
  title text not null,
  version integer not null default 1,
  created_at timestamp(3) with time zone not null,
  updated_at timestamp(3) with time zone not null,
  constraint categories_pkey PRIMARY KEY (id),
  constraint categories_code_check CHECK (code ~ '^[A-Z0-9]{1,32}$'::text),
  constraint categories_code_key UNIQUE (code),
  constraint categories_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES categories(id),
  constraint categories_title_check CHECK (title <> ''::text AND length(title) <= 200)
);

CREATE INDEX categories_newest ON public.categories USING btree (created_at, id);
CREATE INDEX categories_parent ON public.categories USING btree (parent_id, created_at, id);

create table category_paths (
  ancestor_id uuid not null,
  descendant_id uuid not null,
  depth smallint not null,
  constraint category_paths_pkey PRIMARY KEY (ancestor_id, descendant_id),
  constraint category_paths_ancestor_id_fkey FOREIGN KEY (ancestor_id) REFERENCES categories(id) ON DELETE CASCADE,
  constraint category_paths_depth CHECK (depth >= 0 AND depth <= 1000),
  constraint category_paths_descendant_id_fkey FOREIGN KEY (descendant_id) REFERENCES categories(id) ON DELETE CASCADE
);

CREATE INDEX category_paths_descendant ON public.category_paths USING btree (descendant_id, ancestor_id);

create table category_totals (
  category_id uuid not null,
  product_count bigint not null,
  price_minor_sum bigint not null,
  constraint category_totals_pkey PRIMARY KEY (category_id),
  constraint category_totals_category_id_fkey FOREIGN KEY (category_id) REFERENCES categories(id) ON DELETE CASCADE
) with (fillfactor=50);

create table channels (
  channel text not null,
  paused_at timestamp with time zone,
  paused_until timestamp with time zone,
  reason text,
  paused_by text,
  constraint channels_pkey PRIMARY KEY (channel),
  constraint channels_channel_check CHECK (channel = ANY (ARRAY['sms'::text, 'email'::text])),
  constraint channels_check CHECK ((paused_at IS NULL) = (reason IS NULL)),
  constraint channels_check1 CHECK ((paused_at IS NULL) = (paused_by IS NULL)),
  constraint channels_check2 CHECK (paused_at IS NOT NULL OR paused_until IS NULL),
  constraint channels_paused_by_check CHECK (paused_by = ANY (ARRAY['staff'::text, 'system'::text])),
  constraint channels_reason_check CHECK (length(reason) <= 300)
);

create table customer_phone_numbers (
  phone_number text not null,
  user_id uuid not null,
  constraint customer_phone_numbers_pkey PRIMARY KEY (user_id, phone_number),
  constraint customer_phone_numbers_phone_number_check CHECK (phone_number ~ '^\+[0-9]{7,15}$'::text),
  constraint customer_phone_numbers_user_id_fkey FOREIGN KEY (user_id) REFERENCES customers(user_id)
);

CREATE INDEX customer_phone_numbers_prefix ON public.customer_phone_numbers USING btree (phone_number text_pattern_ops);

create table customer_vocabulary (
  word text collate "C" not null
);

CREATE INDEX customer_vocabulary_like ON public.customer_vocabulary USING gin (word gin_trgm_ops);
CREATE INDEX customer_vocabulary_word ON public.customer_vocabulary USING btree (word);

create table customer_words (
  customer_id uuid not null,
  user_id uuid not null,
  word text collate "C" not null,
  constraint customer_words_pkey PRIMARY KEY (customer_id, word)
);

CREATE INDEX customer_words_word ON public.customer_words USING btree (word, customer_id DESC) INCLUDE (user_id);

create table customers (
  id uuid not null,
  user_id uuid not null,
  issuer text not null,
  subject text not null,
  name text not null,
  email text not null default ''::text,
  phone_number text not null default ''::text,
  address text not null default ''::text,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  language text,
  constraint customers_pkey PRIMARY KEY (id),
  constraint customers_address_check CHECK (length(address) <= 500),
  constraint customers_email_check CHECK (length(email) <= 320),
  constraint customers_language_check CHECK (language = ANY (ARRAY['en'::text, 'sw'::text])),
  constraint customers_name_check CHECK (name <> ''::text AND length(name) <= 200),
  constraint customers_phone_number_check CHECK (phone_number ~ '^(\+[0-9]{7,15})?$'::text),
  constraint customers_user_id_key UNIQUE (user_id)
);

CREATE INDEX customers_email ON public.customers USING btree (lower(email) text_pattern_ops);
CREATE INDEX customers_phone_number ON public.customers USING btree (phone_number text_pattern_ops);

create table erasure_numbers (
  customer_id uuid not null,
  phone_number text not null,
  is_shared boolean not null,
  constraint erasure_numbers_pkey PRIMARY KEY (customer_id, phone_number),
  constraint erasure_numbers_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES erasures(customer_id)
);

create table erasures (
  customer_id uuid not null,
  user_id uuid,
  name text,
  email text,
  requested_at timestamp with time zone not null,
  erased_at timestamp with time zone,
  constraint erasures_pkey PRIMARY KEY (customer_id),
  constraint erasures_check CHECK (num_nulls(user_id, name, email) =
CASE
    WHEN erased_at IS NULL THEN 0
    ELSE 3
END),
  constraint erasures_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers(id)
);

create table incoming_messages (
  id uuid not null,
  provider_id text not null,
  sender text not null,
  recipient text not null,
  body text not null,
  command text,
  order_id uuid,
  answer_id uuid,
  received_at timestamp with time zone not null,
  handled_at timestamp with time zone,
  text_removed_at timestamp with time zone,
  constraint incoming_messages_pkey PRIMARY KEY (id),
  constraint incoming_messages_answer_id_fkey FOREIGN KEY (answer_id) REFERENCES messages(id),
  constraint incoming_messages_body_check CHECK (length(body) <= 1600),
  constraint incoming_messages_check CHECK ((command IS NULL) = (handled_at IS NULL)),
  constraint incoming_messages_command_check CHECK (command = ANY (ARRAY['status'::text, 'cancel'::text, 'yes'::text, 'no'::text, 'help'::text, 'stop'::text, 'start'::text, 'unknown'::text, 'ignored'::text])),
  constraint incoming_messages_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id),
  constraint incoming_messages_provider_id_check CHECK (provider_id <> ''::text AND length(provider_id) <= 128),
  constraint incoming_messages_provider_id_key UNIQUE (provider_id),
  constraint incoming_messages_recipient_check CHECK (length(recipient) <= 100),
  constraint incoming_messages_sender_check CHECK (sender <> ''::text AND length(sender) <= 100)
);

CREATE INDEX incoming_messages_command ON public.incoming_messages USING btree (command, id);
CREATE INDEX incoming_messages_order ON public.incoming_messages USING btree (order_id) WHERE (order_id IS NOT NULL);
CREATE INDEX incoming_messages_sender ON public.incoming_messages USING btree (sender, id);

create table jobs (
  id uuid not null,
  kind text not null,
  payload jsonb not null,
  run_at timestamp with time zone not null,
  attempts integer not null default 0,
  last_error text,
  failed_at timestamp with time zone,
  created_at timestamp with time zone not null,
  constraint jobs_pkey PRIMARY KEY (id)
);

CREATE INDEX jobs_due ON public.jobs USING btree (run_at, id) WHERE (failed_at IS NULL);

create table message_attempts (
  message_id uuid not null,
  attempt integer not null,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  outcome text,
  detail text not null default ''::text,
  provider_id text,
  cost numeric(12,4),
  cost_currency text,
  report text,
  report_reason text,
  reported_at timestamp with time zone,
  constraint message_attempts_pkey PRIMARY KEY (message_id, attempt),
  constraint message_attempts_check CHECK ((cost IS NULL) = (cost_currency IS NULL)),
  constraint message_attempts_cost_check CHECK (cost >= 0::numeric),
  constraint message_attempts_cost_currency_check CHECK (cost_currency ~ '^[A-Z]{3}$'::text),
  constraint message_attempts_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(id),
  constraint message_attempts_outcome_check CHECK (outcome = ANY (ARRAY['accepted'::text, 'permanent'::text, 'retry'::text, 'unavailable'::text, 'blocked'::text, 'ambiguous'::text]))
);

CREATE INDEX message_attempts_provider_id ON public.message_attempts USING btree (provider_id) WHERE (provider_id IS NOT NULL);

create table message_costs (
  day date not null,
  channel text not null,
  currency text not null,
  amount numeric(16,4) not null,
  messages integer not null,
  constraint message_costs_pkey PRIMARY KEY (day, channel, currency),
  constraint message_costs_amount_check CHECK (amount >= 0::numeric),
  constraint message_costs_channel_check CHECK (channel = ANY (ARRAY['sms'::text, 'email'::text])),
  constraint message_costs_currency_check CHECK (currency ~ '^[A-Z]{3}$'::text),
  constraint message_costs_messages_check CHECK (messages >= 0)
);

create table message_templates (
  kind text not null,
  language text not null,
  text text not null,
  updated_by uuid not null,
  updated_at timestamp with time zone not null,
  constraint message_templates_pkey PRIMARY KEY (kind, language),
  constraint message_templates_kind_check CHECK (kind ~ '^[a-z-]{1,40}$'::text),
  constraint message_templates_language_check CHECK (language = ANY (ARRAY['en'::text, 'sw'::text])),
  constraint message_templates_text_check CHECK (text <> ''::text AND length(text) <= 640)
);

create table messages (
  id uuid not null,
  channel text not null,
  order_id uuid,
  kind text not null,
  recipient text not null,
  body text not null default ''::text,
  status text not null,
  attempts integer not null default 0,
  ambiguous boolean not null default false,
  due_at timestamp with time zone not null,
  failure text,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  held_for text,
  digest_id uuid,
  traceparent text,
  copy_of uuid,
  acknowledged_at timestamp with time zone,
  user_id uuid,
  text_removed_at timestamp with time zone,
  constraint messages_pkey PRIMARY KEY (id),
  constraint messages_body_check CHECK (length(body) <= 1600),
  constraint messages_channel_check CHECK (channel = ANY (ARRAY['sms'::text, 'email'::text])),
  constraint messages_copy_of_fkey FOREIGN KEY (copy_of) REFERENCES messages(id),
  constraint messages_digest_id_fkey FOREIGN KEY (digest_id) REFERENCES messages(id),
  constraint messages_held_for_check CHECK (held_for = ANY (ARRAY['quiet-hours'::text, 'number-limit'::text, 'budget'::text, 'digest'::text])),
  constraint messages_kind_check CHECK (kind ~ '^[a-z-]{1,40}$'::text),
  constraint messages_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id),
  constraint messages_recipient_check CHECK (recipient <> ''::text AND length(recipient) <= 320),
  constraint messages_status_check CHECK (status = ANY (ARRAY['queued'::text, 'sending'::text, 'sent'::text, 'delivered'::text, 'failed'::text, 'cancelled'::text])),
  constraint messages_traceparent_check CHECK (length(traceparent) <= 60)
);

CREATE INDEX messages_about_no_order ON public.messages USING btree (recipient text_pattern_ops) WHERE (order_id IS NULL);
CREATE INDEX messages_digest_id ON public.messages USING btree (digest_id) WHERE (digest_id IS NOT NULL);
CREATE INDEX messages_due ON public.messages USING btree (channel, due_at, id) WHERE ((status = ANY (ARRAY['queued'::text, 'sending'::text])) AND (digest_id IS NULL));
CREATE INDEX messages_ended_badly ON public.messages USING btree (status, id) WHERE (status = ANY (ARRAY['failed'::text, 'cancelled'::text]));
CREATE INDEX messages_failed ON public.messages USING btree (channel, id) WHERE (status = 'failed'::text);
CREATE INDEX messages_needing_attention ON public.messages USING btree (id) WHERE ((status = 'failed'::text) AND (acknowledged_at IS NULL) AND (digest_id IS NULL));
CREATE INDEX messages_order ON public.messages USING btree (order_id, id) WHERE (order_id IS NOT NULL);
CREATE INDEX messages_recent ON public.messages USING btree (recipient, channel, updated_at) WHERE ((status = ANY (ARRAY['sending'::text, 'sent'::text, 'delivered'::text])) AND (digest_id IS NULL));
CREATE INDEX messages_replies ON public.messages USING btree (recipient, created_at) WHERE (kind ~~ 'reply-%'::text);
CREATE INDEX messages_unsent ON public.messages USING btree (channel, status, held_for, created_at) WHERE (status = ANY (ARRAY['queued'::text, 'sending'::text]));
CREATE INDEX messages_waiting ON public.messages USING btree (recipient, user_id) WHERE ((status = 'queued'::text) AND (held_for = 'number-limit'::text));
CREATE UNIQUE INDEX messages_copy_of ON public.messages USING btree (copy_of) WHERE (copy_of IS NOT NULL);
CREATE UNIQUE INDEX messages_one_of_a_kind ON public.messages USING btree (order_id, kind, channel, recipient) WHERE ((kind !~~ 'reply-%'::text) AND (copy_of IS NULL));

create table notification_actions (
  id uuid not null,
  action text not null,
  template_kind text,
  template_language text,
  message_id uuid,
  channel text,
  note text not null default ''::text,
  new_message_id uuid,
  actor_user_id uuid not null,
  created_at timestamp with time zone not null,
  phone_number text,
  constraint notification_actions_pkey PRIMARY KEY (id),
  constraint notification_actions_action_check CHECK (action = ANY (ARRAY['template-edited'::text, 'template-reset'::text, 'resent'::text, 'cancelled'::text, 'acknowledged'::text, 'paused'::text, 'resumed'::text, 'opted-out'::text, 'opted-in'::text])),
  constraint notification_actions_channel_check CHECK (channel = ANY (ARRAY['sms'::text, 'email'::text])),
  constraint notification_actions_check CHECK (num_nonnulls(template_kind, message_id, channel, phone_number) = 1),
  constraint notification_actions_check1 CHECK ((template_kind IS NULL) = (template_language IS NULL)),
  constraint notification_actions_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(id),
  constraint notification_actions_new_message_id_fkey FOREIGN KEY (new_message_id) REFERENCES messages(id),
  constraint notification_actions_note_check CHECK (length(note) <= 640),
  constraint notification_actions_phone_number_check CHECK (phone_number ~ '^\+[0-9]{7,15}$'::text)
);

CREATE INDEX notification_actions_message ON public.notification_actions USING btree (message_id, id) WHERE (message_id IS NOT NULL);
CREATE INDEX notification_actions_new_message ON public.notification_actions USING btree (new_message_id) WHERE (new_message_id IS NOT NULL);
CREATE INDEX notification_actions_template ON public.notification_actions USING btree (template_kind, template_language, id) WHERE (template_kind IS NOT NULL);

create table opt_out_key (
  is_only boolean not null default true,
  key bytea not null,
  constraint opt_out_key_pkey PRIMARY KEY (is_only),
  constraint opt_out_key_is_only_check CHECK (is_only)
);

create table opt_outs (
  phone_number text not null,
  source text not null,
  created_at timestamp with time zone not null,
  constraint opt_outs_pkey PRIMARY KEY (phone_number),
  constraint opt_outs_phone_number_check CHECK (phone_number ~ '^(\+[0-9]{7,15}|[0-9a-f]{64})$'::text),
  constraint opt_outs_source_check CHECK (source = ANY (ARRAY['sms'::text, 'provider'::text, 'staff'::text]))
);

create table order_events (
  id uuid not null,
  order_id uuid not null,
  status text,
  version integer,
  actor text not null,
  actor_user_id uuid,
  note text not null default ''::text,
  created_at timestamp with time zone not null,
  kind text not null default 'status'::text,
  via text not null default 'api'::text,
  actor_name text,
  constraint order_events_pkey PRIMARY KEY (id),
  constraint order_events_actor_check CHECK (actor = ANY (ARRAY['customer'::text, 'staff'::text, 'system'::text])),
  constraint order_events_actor_name_check CHECK (length(actor_name) <= 200),
  constraint order_events_kind_check CHECK (kind ~ '^[a-z-]{1,20}$'::text),
  constraint order_events_note_check CHECK (length(note) <= 500),
  constraint order_events_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id),
  constraint order_events_order_id_version_key UNIQUE (order_id, version),
  constraint order_events_status_check CHECK (status = ANY (ARRAY['pending'::text, 'confirmed'::text, 'dispatched'::text, 'completed'::text, 'cancelled'::text])),
  constraint order_events_status_kind CHECK (kind <> 'status'::text OR status IS NOT NULL AND version IS NOT NULL),
  constraint order_events_via_check CHECK (via ~ '^[a-z-]{1,20}$'::text)
);

create table order_lines (
  order_id uuid not null,
  "position" smallint not null,
  id uuid not null,
  product_id uuid not null,
  quantity integer not null,
  price_minor bigint not null,
  took_stock boolean not null,
  variant_id uuid not null,
  total_minor bigint not null,
  discount_minor bigint not null default 0,
  tax_minor bigint not null default 0,
  sku text,
  name text not null,
  constraint order_lines_pkey PRIMARY KEY (order_id, "position"),
  constraint order_lines_position_check CHECK ("position" >= 1 AND "position" <= 200),
  constraint order_lines_price_minor_check CHECK (price_minor >= 0),
  constraint order_lines_quantity_check CHECK (quantity >= 1 AND quantity <= 1000000),
  constraint order_lines_total CHECK (discount_minor >= 0 AND discount_minor <= (quantity * price_minor) AND tax_minor >= 0 AND ((total_minor - (quantity * price_minor - discount_minor)) = 0 OR (total_minor - (quantity * price_minor - discount_minor)) = tax_minor))
);

create table orders (
  id uuid not null,
  number bigint not null default nextval('order_numbers'::regclass),
  customer_id uuid not null,
  user_id uuid not null,
  status text not null,
  version integer not null default 1,
  currency text not null,
  total_minor bigint not null,
  name text not null,
  email text not null,
  phone_number text not null,
  address text not null,
  idempotency_id uuid,
  fingerprint uuid,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint orders_pkey PRIMARY KEY (id),
  constraint orders_check CHECK ((idempotency_id IS NULL) = (fingerprint IS NULL)),
  constraint orders_currency_check CHECK (currency ~ '^[A-Z]{3}$'::text),
  constraint orders_idempotency_id_key UNIQUE (idempotency_id),
  constraint orders_number_key UNIQUE (number),
  constraint orders_phone_number_check CHECK (phone_number ~ '^(\+[0-9]{7,15})?$'::text),
  constraint orders_status_check CHECK (status = ANY (ARRAY['pending'::text, 'confirmed'::text, 'dispatched'::text, 'completed'::text, 'cancelled'::text])),
  constraint orders_total_minor_check CHECK (total_minor >= 0)
);

CREATE INDEX orders_status ON public.orders USING btree (status, id);
CREATE INDEX orders_user ON public.orders USING btree (user_id, id);

create table pending_cancellations (
  phone_number text not null,
  order_id uuid not null,
  expires_at timestamp with time zone not null,
  constraint pending_cancellations_pkey PRIMARY KEY (phone_number),
  constraint pending_cancellations_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id),
  constraint pending_cancellations_phone_number_check CHECK (phone_number ~ '^\+[0-9]{7,15}$'::text)
);

create table product_imports (
  id uuid not null,
  status text not null,
  file bytea,
  encoding text,
  row_count integer not null,
  preview jsonb not null,
  result jsonb not null,
  done integer not null default 0,
  leased_until timestamp with time zone,
  tries integer not null default 0,
  created_by uuid not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint product_imports_pkey PRIMARY KEY (id),
  constraint product_imports_status_check CHECK (status = ANY (ARRAY['checked'::text, 'applying'::text, 'done'::text, 'failed'::text]))
);

CREATE INDEX product_imports_applying ON public.product_imports USING btree (id) WHERE (status = 'applying'::text);
CREATE INDEX product_imports_updated ON public.product_imports USING btree (updated_at);

create table product_vocabulary (
  word text collate "C" not null
);

CREATE INDEX product_vocabulary_like ON public.product_vocabulary USING gin (word gin_trgm_ops);
CREATE INDEX product_vocabulary_word ON public.product_vocabulary USING btree (word);

create table product_words (
  product_id uuid not null,
  word text collate "C" not null,
  constraint product_words_pkey PRIMARY KEY (product_id, word)
);

CREATE INDEX product_words_word ON public.product_words USING btree (word, product_id DESC);

create table products (
  id uuid not null,
  category_id uuid,
  sku text,
  name text collate "und-x-icu" not null,
  description text not null default ''::text,
  price_minor bigint not null,
  version integer not null default 1,
  created_at timestamp(3) with time zone not null,
  updated_at timestamp(3) with time zone not null,
  deleted_at timestamp(3) with time zone,
  max_per_order integer,
  constraint products_pkey PRIMARY KEY (id),
  constraint products_category_id_check CHECK (category_id IS NOT NULL OR deleted_at IS NOT NULL),
  constraint products_category_id_fkey FOREIGN KEY (category_id) REFERENCES categories(id),
  constraint products_description_check CHECK (length(description) <= 10000),
  constraint products_max_per_order_check CHECK (max_per_order > 0),
  constraint products_name_check CHECK (name <> ''::text AND length(name) <= 200),
  constraint products_price_minor_check CHECK (price_minor >= 0),
  constraint products_sku_check CHECK (sku <> ''::text AND length(sku) <= 64)
);

CREATE INDEX products_category ON public.products USING btree (category_id, created_at, id);
CREATE INDEX products_name ON public.products USING btree (name, id) WHERE (deleted_at IS NULL);
CREATE INDEX products_newest ON public.products USING btree (created_at, id) WHERE (deleted_at IS NULL);
CREATE INDEX products_price ON public.products USING btree (price_minor, id) WHERE (deleted_at IS NULL);
CREATE UNIQUE INDEX products_sku ON public.products USING btree (sku) WHERE (deleted_at IS NULL);

create table request_counts (
  key text not null,
  count integer not null,
  ends_at timestamp with time zone not null,
  constraint request_counts_pkey PRIMARY KEY (key),
  constraint request_counts_count_check CHECK (count >= 0)
);

create table request_keys (
  id uuid not null,
  fingerprint uuid not null,
  answer json,
  created_at timestamp with time zone not null,
  constraint request_keys_pkey PRIMARY KEY (id)
);

CREATE INDEX request_keys_age ON public.request_keys USING btree (created_at);

create table sales_days (
  day date not null,
  time_zone text not null,
  filled_at timestamp with time zone not null,
  constraint sales_days_pkey PRIMARY KEY (day)
);

create table sales_hours (
  starts_at timestamp with time zone not null,
  day date not null,
  orders integer not null,
  cancelled integer not null,
  revenue_minor bigint not null,
  items bigint not null,
  new_customers integer not null,
  constraint sales_hours_pkey PRIMARY KEY (starts_at),
  constraint sales_hours_day_fkey FOREIGN KEY (day) REFERENCES sales_days(day) ON DELETE CASCADE
);

CREATE INDEX sales_hours_day ON public.sales_hours USING btree (day);

create table sales_products (
  day date not null,
  product_id uuid not null,
  name text not null,
  quantity bigint not null,
  revenue_minor bigint not null,
  orders integer not null,
  constraint sales_products_pkey PRIMARY KEY (day, product_id),
  constraint sales_products_day_fkey FOREIGN KEY (day) REFERENCES sales_days(day) ON DELETE CASCADE
);

create table sales_watch (
  id boolean not null default true,
  looked_at timestamp with time zone not null,
  constraint sales_watch_pkey PRIMARY KEY (id),
  constraint sales_watch_id_check CHECK (id)
);

create table schema_migrations (
  version integer not null,
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone not null default now(),
  constraint schema_migrations_pkey PRIMARY KEY (version)
);

create table shop (
  is_only boolean not null default true,
  currency text not null,
  constraint shop_pkey PRIMARY KEY (is_only),
  constraint shop_currency_check CHECK (currency ~ '^[A-Z]{3}$'::text),
  constraint shop_is_only_check CHECK (is_only)
);

create table stock (
  product_id uuid not null,
  on_hand bigint not null,
  constraint stock_pkey PRIMARY KEY (product_id),
  constraint stock_on_hand_check CHECK (on_hand >= 0),
  constraint stock_product_id_fkey FOREIGN KEY (product_id) REFERENCES products(id)
) with (fillfactor=50);

create table text_retention (
  texts text not null,
  reached uuid not null,
  constraint text_retention_pkey PRIMARY KEY (texts),
  constraint text_retention_texts_check CHECK (texts = ANY (ARRAY['messages'::text, 'incoming'::text]))
);

create table unmatched_reports (
  provider_id text not null,
  report text not null,
  report_reason text,
  received_at timestamp with time zone not null,
  constraint unmatched_reports_pkey PRIMARY KEY (provider_id),
  constraint unmatched_reports_provider_id_check CHECK (provider_id <> ''::text AND length(provider_id) <= 128)
);

CREATE INDEX unmatched_reports_age ON public.unmatched_reports USING btree (received_at);

CREATE OR REPLACE FUNCTION public.add_to_category_totals()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  execute format(
    'insert into category_totals as totals (category_id, product_count, price_minor_sum)
     select category_id, sum(sign), sum(sign * price_minor) from (%s) as changed where deleted_at is null
     group by category_id having sum(sign) <> 0 or sum(sign * price_minor) <> 0 order by category_id
     on conflict (category_id) do update set
       product_count = totals.product_count + excluded.product_count,
       price_minor_sum = totals.price_minor_sum + excluded.price_minor_sum', tg_argv[0]);
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.audit_trail_of(given notification_actions)
 RETURNS audit_trail
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select given.id, given.action,
    case when given.template_kind is not null then 'message-template' when given.message_id is not null then 'message'
      when given.channel is not null then 'channel' else 'opt-out' end,
    coalesce(given.template_kind || '/' || given.template_language, given.message_id::text, given.channel, given.phone_number),
    case when given.template_kind is null then given.note else '' end,
    case when given.template_kind is not null then jsonb_build_object('text', jsonb_build_array(null, given.note))
      when given.new_message_id is not null then jsonb_build_object('copied_as', jsonb_build_array(null, given.new_message_id))
      else '{}'::jsonb end,
    given.actor_user_id, given.created_at, null::text, null::text
$function$
;

CREATE OR REPLACE FUNCTION public.check_order_line_references()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  missing integer;
  unequal integer;
begin
  if (select count(*) from products where id = any (array(select distinct product_id from added)))
    < (select count(distinct product_id) from added) then
    raise foreign_key_violation using message = 'an order line needs its product', constraint = 'order_lines_product_id';
  end if;
  select count(*) filter (where not has_order), count(*) filter (where rest <> 0) into missing, unequal
  from (
    select order_id, bool_or(is_order) as has_order, sum(minor) as rest
    from (
      select order_id, total_minor as minor, false as is_order from added
      union all
      select id, -total_minor, true from orders where id = any (array(select distinct order_id from added))
    ) as both_sides
    group by order_id
  ) as sums;
  if missing > 0 then
    raise foreign_key_violation using message = 'an order line needs its order', constraint = 'order_lines_order_id';
  end if;
  if unequal > 0 then
    raise check_violation using message = 'the lines of an order sum to its total', constraint = 'order_lines_sum';
  end if;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.check_order_references()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if (select count(*) from customers where id = any (array(select distinct customer_id from added)))
    < (select count(distinct customer_id) from added) then
    raise foreign_key_violation using message = 'an order needs its customer', constraint = 'orders_customer_id';
  end if;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.complete_order_line()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.variant_id := new.product_id;
  new.total_minor := new.quantity * new.price_minor;
  select sku, products.name into new.sku, new.name from products where id = new.product_id;
  -- There is no such product: what checks references says so.
  new.name := coalesce(new.name, '');
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.copy_to_audit_trail()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into audit_trail select (audit_trail_of(new)).*;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.keep_customer_words()
 RETURNS trigger
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
declare
  words text[] := name_words(new.name);
begin
  if tg_op = 'UPDATE' then delete from customer_words where customer_id = new.id; end if;
  insert into customer_words (customer_id, user_id, word) select new.id, new.user_id, unnest(words);
  insert into customer_vocabulary (word)
  select word from unnest(words) as word
  where word ~ '^[^ 0-9]{3,}$' and not exists (select from customer_vocabulary as known where known.word = word.word);
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.keep_product_words()
 RETURNS trigger
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
declare
  words text[] := name_words(new.name) || coalesce(name_words(new.sku), '{}');
begin
  if tg_op = 'UPDATE' then delete from product_words where product_id = new.id; end if;
  if new.deleted_at is not null then return null; end if;
  insert into product_words (product_id, word) select new.id, unnest(words) on conflict do nothing;
  insert into product_vocabulary (word)
  select word from unnest(words) as word
  where word ~ '^[^ 0-9]{3,}$' and not exists (select from product_vocabulary as known where known.word = word.word);
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.keep_rows()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise restrict_violation using message = format('rows of %I stay, with the id and the lines they have', tg_table_name);
end $function$
;

CREATE OR REPLACE FUNCTION public.name_words(text)
 RETURNS text[]
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
declare
  words text[] := search_words($1);
  apart text := translate($1, '''`´ʹʻʼʽʾʿˈˊˋʹ՚׳‘’‛′‵ꞌ', repeat(' ', 21));
begin
  if words = '{}' then return words; end if;
  words := words || left(' ' || array_to_string(words, ' '), 200);
  if apart = $1 then return words; end if;
  return array(select unnest(words) union select unnest(search_words(apart)));
end $function$
;

CREATE OR REPLACE FUNCTION public.search_words(text)
 RETURNS text[]
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
declare
  -- Spacing accents decompose into a blank and a mark, and a trade mark into letters of the word before it.
  folded text := normalize(translate($1, E'῍῎῏῝῞῟Ꞌ´΄᾽᾿\u1ffd῾™℠', repeat('''', 15)), nfkd);
begin
  folded := regexp_replace(folded collate "und-x-icu",
    '[''`\u02b9\u02bb-\u02bf\u02c8\u02ca\u02cb\u0374\u055a\u05f3\u2018\u2019\u201b\u2032\u2035\ua78c'
    '\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff'
    '\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670'
    '\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u07eb-\u07f3\u07fd\u135d-\u135f\u1ab0-\u1aff\u1dc0-\u1dff'
    '\u20d0-\u20ff\u2de0-\u2dff\u3099\u309a\ua66f-\ua67d\ua69e\ua69f\ua6f0\ua6f1\ufe00-\ufe0f\ufe20-\ufe2f'
    '\U00016af0-\U00016af4\U0001e8d0-\U0001e8d6\U0001e944-\U0001e94a\U000e0100-\U000e01ef]+', '', 'g');
  folded := translate(lower(folded collate "und-x-icu"),
    'ıɨɩɪłɫɬøɵɔđðɖɗħɦŧƭʈɓƀƈɛəǝɇƒɠɣɡƙƞɳƥɍɽʂʉʊʋⱱɏƴƶȥɑȷɉɋς٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹',
    'iiiillloooddddhhtttbbceeeefgggknnprrsuuvvyyzzajjqσ01234567890123456789');
  folded := replace(replace(replace(replace(replace(replace(folded,
    'æ', 'ae'), 'œ', 'oe'), 'ß', 'ss'), 'þ', 'th'), 'ŋ', 'ng'), 'ɲ', 'ny');
  folded := regexp_replace(folded collate "und-x-icu", '([[:digit:]])(?=[[:alpha:]])', '\1 ', 'g');
  -- Of the scripts whose vowels are marks no letter may be lost: all of their blocks is taken for letters.
  return array(
    select distinct left(word, 40) collate "C" as word
    from regexp_split_to_table(folded collate "und-x-icu", '[^[:alnum:]\u0900-\u109f\u1780-\u17ff]+') as word
    where word <> '' order by word);
end $function$
;

CREATE OR REPLACE FUNCTION public.take_actor_apart()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.actor := 'customer';
  new.via := 'sms';
  return new;
end $function$
;

CREATE TRIGGER customers_insert_words AFTER INSERT ON customers FOR EACH ROW EXECUTE FUNCTION keep_customer_words();
CREATE TRIGGER customers_stay BEFORE DELETE OR UPDATE OF id OR TRUNCATE ON customers FOR EACH STATEMENT EXECUTE FUNCTION keep_rows();
CREATE TRIGGER customers_update_words AFTER UPDATE OF name ON customers FOR EACH ROW WHEN (old.name IS DISTINCT FROM new.name) EXECUTE FUNCTION keep_customer_words();
CREATE TRIGGER notification_actions_copied AFTER INSERT ON notification_actions FOR EACH ROW EXECUTE FUNCTION copy_to_audit_trail();
CREATE TRIGGER order_events_of_before BEFORE INSERT ON order_events FOR EACH ROW WHEN (new.actor = 'customer by SMS'::text) EXECUTE FUNCTION take_actor_apart();
CREATE TRIGGER order_lines_of_before BEFORE INSERT ON order_lines FOR EACH ROW WHEN (new.variant_id IS NULL) EXECUTE FUNCTION complete_order_line();
CREATE TRIGGER order_lines_refer AFTER INSERT ON order_lines REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_order_line_references();
CREATE TRIGGER order_lines_stay BEFORE DELETE OR UPDATE OR TRUNCATE ON order_lines FOR EACH STATEMENT EXECUTE FUNCTION keep_rows();
CREATE TRIGGER orders_refer AFTER INSERT ON orders REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_order_references();
CREATE TRIGGER orders_stay BEFORE DELETE OR UPDATE OF id, customer_id, currency, total_minor OR TRUNCATE ON orders FOR EACH STATEMENT EXECUTE FUNCTION keep_rows();
CREATE TRIGGER products_deleted AFTER DELETE ON products REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION add_to_category_totals('select -1 as sign, * from removed');
CREATE TRIGGER products_insert_words AFTER INSERT ON products FOR EACH ROW EXECUTE FUNCTION keep_product_words();
CREATE TRIGGER products_inserted AFTER INSERT ON products REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION add_to_category_totals('select 1 as sign, * from added');
CREATE TRIGGER products_stay BEFORE DELETE OR UPDATE OF id OR TRUNCATE ON products FOR EACH STATEMENT EXECUTE FUNCTION keep_rows();
CREATE TRIGGER products_update_words AFTER UPDATE OF name, sku, deleted_at ON products FOR EACH ROW WHEN (old.name IS DISTINCT FROM new.name OR old.sku IS DISTINCT FROM new.sku OR old.deleted_at IS DISTINCT FROM new.deleted_at) EXECUTE FUNCTION keep_product_words();
CREATE TRIGGER products_updated AFTER UPDATE ON products REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION add_to_category_totals('select 1 as sign, * from added union all select -1, * from removed');
