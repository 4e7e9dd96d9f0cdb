-- name: what_is_erased(person)
-- What erasing somebody ends and empties, and what stays of her, counted over hers and the rows that were merged into it.
with hers as (
  -- the ids under which something of hers is stored
  select id from ids_of(:person)
), phones as (
  -- her numbers of now and before, and whether they are somebody else's too
  select n.id, exists (
      -- those of now and those of before are found by an index each
      select from (
        select participant_id from participant_phone where phone_number_id = n.id and to_on is null
        union all
        select participant_id from participant_phone where phone_number_id = n.id and to_on is not null
      ) o
      where o.participant_id <> all (array(select id from hers))
        and not exists (select from erasure e where e.participant_id = o.participant_id)
    ) or exists (select from coach c where c.phone_number_id = n.id) as is_others
  from phone_number n
  where n.id in (select l.phone_number_id from participant_phone l join hers h on h.id = l.participant_id)
), latest as (
  -- the latest word on each purpose, her own and a guardian's
  select distinct on (participant_id, purpose, given_by) purpose, given from consent
  where participant_id in (select id from hers)
  order by participant_id, purpose, given_by, taken_on desc, given
)
select (select count(*) from phones where not is_others) as numbers,
  (select count(*) from phones where is_others) as shared_numbers,
  array(select distinct purpose from latest where given order by purpose) as consents,
  (select count(*) from message m
    -- only texts to numbers of hers are read
    where m.phone_number_id in (select id from phones) and m.status in ('planned', 'queued')
      and m.people && array(select id from hers)) as waiting,
  (select s.name from savings_member m join savings_group s on s.id = m.savings_group_id
    where m.participant_id = :person and m.to_on is null) as savings_group,
  (select count(*) from attendance where participant_id in (select id from hers)) as attendance,
  (select count(*) from contribution where participant_id in (select id from hers)) as ledger,
  (select count(*) from consent where participant_id in (select id from hers)) as consent_rows

-- name: numbers_of(person)
-- The numbers on which a row of hers is or was reached.
select distinct phone_number_id from participant_phone where participant_id = :person

-- name: erase_row(person, called, reference, reference_index, phones, emptied, indexes, today, now, who)
-- Erase one row: revision 0031 has the function.
select erase_person(:person, :called, :reference, :reference_index, :phones::uuid[], :emptied::bytea[], :indexes::bytea[],
  :today, :now, :who)

-- name: rows_of(person)
-- Hers, those that were merged into it first, with what the office calls each.
select p.id, p.reference from ids_of(:person) i join participant p on p.id = i.id order by p.id = :person, p.id
