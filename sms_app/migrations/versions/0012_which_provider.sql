-- Until now there was one provider, and what it said was kept in its words.

create function pg_temp.one_word(words text) returns text language sql as $$
  select regexp_replace(lower(regexp_replace(words, '([a-z0-9])([A-Z])', '\1_\2', 'g')), '[^a-z0-9]+', '_', 'g')
$$;

alter table message add column provider varchar;
update message set provider = 'africastalking' where claimed_at is not null or provider_id is not null;
alter table message
  add constraint ck_message_provider check (provider_id is null or provider is not null);
update message set reason = case
    when reason in ('UserInBlacklist', 'user_in_blacklist', 'user_in_black_list') then 'opted_out'
    when reason = 'InvalidSenderId' then 'bad_sender'
    when reason = 'InsufficientBalance' then 'no_balance'
    else pg_temp.one_word(reason) end
  where reason ~ '[A-Z]' or reason in ('user_in_blacklist', 'user_in_black_list');

alter table delivery_report add column provider varchar, add column result varchar;
update delivery_report set provider = 'africastalking', result = case
    when lower(status) = 'success' then 'delivered'
    when lower(status) in ('failed', 'rejected', 'expired') then 'not_delivered'
    else 'under_way' end;
update delivery_report set failure_reason = case
    when result <> 'not_delivered' then ''
    when lower(failure_reason) = 'userinblacklist' then 'opted_out'
    else pg_temp.one_word(coalesce(nullif(failure_reason, ''), status)) end;
alter table delivery_report
  alter column provider set not null, alter column result set not null,
  add constraint ck_delivery_report_result check (result in ('delivered', 'not_delivered', 'under_way')),
  drop constraint uq_delivery_report_provider_id_status,
  add constraint uq_delivery_report_provider_id_provider_status unique (provider_id, provider, status);

drop function pg_temp.one_word(text);
