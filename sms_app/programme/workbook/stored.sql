-- What a programme's workbook would say now: a statement for each sheet, its columns named as in sheets.py. `id` is the
-- row's; `…_sealed` columns are opened by the caller.

-- name: coaches(programme)
-- Coaches with their numbers.
select c.id, upper(c.code) as code, c.name_sealed, c.phone_number_id as phone_id, c.suspended_on
from coach c where c.programme_id = :programme order by upper(c.code);

-- name: groups(programme)
-- Training groups.
select g.id, g.number, g.role, g.sector, g.place
from training_group g where g.programme_id = :programme order by g.number;

-- name: households(programme)
-- Households, each with its assignment that none replaces.
select h.id, h.reference, h.village, a.code as arm, s.assigned_on, s.reason as arm_reason, s.id as assignment_id
from household h
left join arm_assignment s on s.household_id = h.id
  and not exists (select from arm_assignment later where later.replaces = s.id)
left join arm a on a.id = s.arm_id
where h.programme_id = :programme order by h.reference;

-- name: people(programme)
-- Everyone but who was erased, those who left too, with the number on which they are reached and the household they are in. Earlier
-- enrolments stored `member` for somebody of whom nothing was said in the household.
with phone as (
  -- one number a person: the latest
  select distinct on (l.participant_id) l.participant_id, l.phone_number_id
  from participant_phone l join participant p on p.id = l.participant_id
  where l.to_on is null and p.programme_id = :programme
  order by l.participant_id, l.from_on desc, l.id
), nominated as (
  -- the latest word of each woman
  select distinct on (n.participant_id) n.participant_id, n.relation, n.nominated_on
  from nomination n join participant p on p.id = n.participant_id
  where p.programme_id = :programme order by n.participant_id, n.nominated_on desc, n.entry desc
)
select p.id, p.reference, p.member_number, p.name_sealed, p.role, g.number as "group", p.list_number, p.group_since,
  h.reference as household, case k.relation when 'member' then 'other' else k.relation end as household_as,
  p.birth_year as born_in, m.relation as nominated_man, m.nominated_on, p.language, p.contact,
  t.phone_number_id as phone_id,
  p.amounts_by_phone as amounts, p.enrolled_on, p.left_on, p.left_reason
from participant p
left join training_group g on g.id = p.group_id
left join household_link k on k.participant_id = p.id and k.to_on is null
left join household h on h.id = k.household_id
left join phone t on t.participant_id = p.id
left join nominated m on m.participant_id = p.id
where p.programme_id = :programme and not exists (select from erasure e where e.participant_id = p.id)
order by g.number nulls last, p.list_number nulls last, p.reference;

-- name: phones(programme)
-- Every number.
select n.id, n.number_sealed, nullif(replace(n.sharing, 'marked_', ''), 'unmarked') as sharing, n.stopped_on, n.language
from phone_number n where n.programme_id = :programme order by n.id;

-- name: kin(programme)
-- Who is related to whom: of each pair and relation the latest row.
select distinct on (p.reference, k.relation, o.reference) k.id, p.reference as person, k.relation, o.reference as other,
  k.from_on as since, k.to_on as until
from kinship k join participant p on p.id = k.participant_id join participant o on o.id = k.other_id
where p.programme_id = :programme and not exists (select from erasure e where e.participant_id in (p.id, o.id))
order by p.reference, k.relation, o.reference, k.to_on desc nulls first, k.from_on desc, k.id;

-- name: group_coaches(programme)
-- Which coach has which group: of each pair the latest row.
select distinct on (g.number, upper(c.code)) k.id, g.number as "group", upper(c.code) as coach, k.from_on as since, k.to_on as until
from group_coach k join training_group g on g.id = k.group_id join coach c on c.id = k.coach_id
where g.programme_id = :programme
order by g.number, upper(c.code), k.to_on desc nulls first, k.from_on desc, k.id;

-- name: savings_groups(programme)
-- Savings groups with their open cycle.
select s.id, s.name, g.number as "group", s.check_in_weekday as weekday, y.opened_on, y.mode, y.share_value,
  y.most_shares, y.id as cycle_id
from savings_group s
left join training_group g on g.id = s.training_group_id
left join cycle y on y.savings_group_id = s.id and y.closed_on is null
where s.programme_id = :programme order by s.name, s.id;

-- name: savings_members(programme)
-- Who saves where: of each pair the latest row.
select distinct on (s.name, p.reference) m.id, s.name as savings_group, p.reference as person, m.list_number,
  m.from_on as since, m.to_on as until
from savings_member m join savings_group s on s.id = m.savings_group_id join participant p on p.id = m.participant_id
where s.programme_id = :programme and not exists (select from erasure e where e.participant_id = p.id)
order by s.name, p.reference, m.to_on desc nulls first, m.from_on desc, m.id;

-- name: savings_officers(programme)
-- Who has which office: of each pair the latest row.
select distinct on (s.name, p.reference) o.id, s.name as savings_group, p.reference as person, o.office,
  o.from_on as since, o.to_on as until
from savings_officer o join savings_group s on s.id = o.savings_group_id join participant p on p.id = o.participant_id
where s.programme_id = :programme and not exists (select from erasure e where e.participant_id = p.id)
order by s.name, p.reference, o.to_on desc nulls first, o.from_on desc, o.id;

-- name: sessions(programme)
-- Training sessions, the past ones too; one that is held comes after one of the same moment that was called off.
select t.id, g.number as "group", t.starts_at, t.ends_at, t.place, t.title, t.cancelled_at is not null as cancelled
from training_session t join training_group g on g.id = t.group_id
where t.programme_id = :programme order by g.number, t.starts_at, t.cancelled_at nulls last, t.id;

-- name: consents(programme)
-- Every consent.
select c.id, p.reference as person, c.purpose, c.given, c.version, c.language, c.how, c.witness, c.taken_on, c.taken_by,
  c.given_by, c.asked_alone
from consent c join participant p on p.id = c.participant_id
where p.programme_id = :programme and not exists (select from erasure e where e.participant_id = p.id)
order by p.reference, c.taken_on, c.purpose, c.given_by, c.given, c.version, c.how, c.asked_alone, c.id;

-- name: list_numbers(programme)
-- Every number that was ever given on a group's list, and to whom.
select g.number as list, m.list_number as number, p.reference as person
from group_membership m join training_group g on g.id = m.group_id join participant p on p.id = m.participant_id
where g.programme_id = :programme and m.list_number is not null;

-- name: savings_numbers(programme)
-- Every number that was ever given on a savings group's list, and to whom.
select s.name as list, m.list_number as number, p.reference as person
from savings_member m join savings_group s on s.id = m.savings_group_id join participant p on p.id = m.participant_id
where s.programme_id = :programme and m.list_number is not null;

-- name: ended_phones(programme)
-- On which numbers people were reached once, and are no more.
select p.reference as person, l.phone_number_id as phone_id
from participant_phone l join participant p on p.id = l.participant_id
where p.programme_id = :programme and l.to_on is not null
  and not exists (
    select from participant_phone open
    where open.participant_id = l.participant_id and open.phone_number_id = l.phone_number_id and open.to_on is null
  );

-- name: erased(programme)
-- Who was erased: the member number, which nobody gets again, and the keyed index of what the office called her.
select p.member_number, e.reference_index
from erasure e join participant p on p.id = e.participant_id where p.programme_id = :programme;
