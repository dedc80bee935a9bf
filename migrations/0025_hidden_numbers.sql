-- Some networks hide a customer's number behind its SHA-256, 64 hexadecimal digits. A text from such a number is kept like
-- every other, and so is that it wants no SMS.
alter table incoming_messages drop constraint incoming_messages_sender_check, drop constraint incoming_messages_recipient_check;
alter table incoming_messages
  add constraint incoming_messages_sender_check check (sender <> '' and length(sender) <= 100),
  add constraint incoming_messages_recipient_check check (length(recipient) <= 100);

alter table opt_outs drop constraint opt_outs_phone_number_check;
alter table opt_outs add constraint opt_outs_phone_number_check check (phone_number ~ '^(\+[0-9]{7,15}|[0-9a-f]{64})$');
