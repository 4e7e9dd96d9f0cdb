-- Revision 0031. A later change is a later revision: this file stays as it is.

-- Append-only: whose name and numbers were erased at her request, and when. The keyed index of what the office called
-- her lets an import refuse an older workbook that still has her.
create table erasure (
  participant_id uuid not null, erased_on date not null, reference_index bytea not null,
  constraint pk_erasure primary key (participant_id),
  constraint fk_erasure_participant_id foreign key (participant_id) references participant (id)
);
create trigger append_only before update or delete on erasure for each row execute function refuse_change();
create trigger append_only_all before truncate on erasure for each statement execute function refuse_change();

-- Erase one row of participants. Who calls it seals the empty name, and for each of her numbers a word that is none, with
-- its index; a number is replaced only if nobody else is or was reached on it, and it is no coach's and no caseworker's.
-- Attendance, the ledger, consents and the audit trail stay, and nothing of the schema `private` is read or changed.
-- False when she was erased before.
create function erase_person(
  person uuid, called bytea, new_reference varchar, old_reference_index bytea, phones uuid[], emptied bytea[],
  indexes bytea[], today date, at timestamptz, by varchar
) returns boolean language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  hers uuid[];
  alone uuid[];
begin
  perform 1 from public.participant p where p.id = person for update;
  if not found or exists (select from public.erasure e where e.participant_id = person) then
    return false;
  end if;
  hers := array(select l.phone_number_id from public.participant_phone l where l.participant_id = person);
  alone := array(
    select n.id from public.phone_number n
    where n.id = any(hers) and n.id = any(phones)
      and not exists (
        select from public.participant_phone o
        where o.phone_number_id = n.id and o.participant_id <> person
          and not exists (select from public.erasure e where e.participant_id = o.participant_id))
      and not exists (select from public.coach c where c.phone_number_id = n.id)
      and not exists (select from public.duty_day d where d.phone_number_id = n.id)
    -- in the order in which others lock numbers
    order by n.id for update);

  -- each consent that is given is withdrawn; what was said before stays, since the table is append-only
  insert into public.consent (id, participant_id, purpose, given, version, language, how, taken_by, taken_on, given_by)
  select gen_random_uuid(), person, c.purpose, false, c.version, c.language, 'written', by, today, c.given_by
  from (
    select distinct on (purpose, given_by) * from public.consent where participant_id = person
    order by purpose, given_by, taken_on desc, given
  ) c
  where c.given;

  -- texts that wait: to her alone they are cancelled, to others they go without her
  update public.message set status = 'cancelled', reason = 'not_in_audience', settled_at = at
  where status in ('planned', 'queued') and (people = array[person] or phone_number_id = any(alone));
  update public.message set people = array_remove(people, person)
  where status in ('planned', 'queued') and person = any(people);
  -- the words of texts that went to her numbers, and the number in what the provider reported
  update public.message set body_sealed = null, text_index = null
  where phone_number_id = any(alone) and body_sealed is not null;
  update public.delivery_report set number_index = ''
  where message_id in (select m.id from public.message m where m.phone_number_id = any(alone))
    or (message_id is null and number_index in (
      select n.number_index from public.phone_number n where n.id = any(alone) and not exists (
        select from public.phone_number o where o.number_index = n.number_index and o.id <> n.id)));

  update public.phone_number n set number_sealed = t.word, number_index = t.index, sharing = 'unmarked',
    stopped_on = null, resumed_at = null, language = null
  from unnest(phones, emptied, indexes) as t (id, word, index) where n.id = t.id and n.id = any(alone);
  update public.phone_number set sharing = 'unmarked' where id = any(hers) and sharing = 'private';
  delete from public.participant_phone where participant_id = person;
  delete from public.number_claim where participant_id = person;
  delete from public.pin_opening where holder_id = person;

  update public.savings_officer set to_on = today where participant_id = person and to_on is null;
  update public.savings_member set to_on = today where participant_id = person and to_on is null;
  update public.household_link set to_on = today where participant_id = person and to_on is null;
  update public.kinship set to_on = today where to_on is null and (participant_id = person or other_id = person);
  update public.dispute set closed_on = today where participant_id = person and closed_on is null;
  delete from public.follow_up where participant_id = person and closed_on is null;
  delete from public.session_reply r using public.training_session s
  where r.participant_id = person and s.id = r.training_session_id and s.starts_at > at;

  update public.participant set name_sealed = called, initials_sealed = null, reference = new_reference,
    birth_year = null, pin = null, pin_changed_on = null, bookmark = null, bookmark_on = null, contact = 'none',
    left_on = coalesce(left_on, today), left_reason = coalesce(left_reason, 'other')
  where id = person;
  insert into public.erasure (participant_id, erased_on, reference_index) values (person, today, old_reference_index);
  return true;
end $$;
revoke execute on function erase_person from public;
