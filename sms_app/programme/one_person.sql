-- name: hers(person)
-- What is stored of one person, a row for each subject with its rows as JSON, for a copy that she asked for. It has the
-- rows that were merged into hers, and of other people nothing but that there is a relation.
with hers as (
  -- the ids under which something of hers is stored
  select id from ids_of(:person)
), subject as (
  -- each subject with its rows, in the order of the file
  select 1 as place, 'person' as name, (
    select json_agg(json_build_object('id', p.id, 'name', p.name_sealed, 'member_number', p.member_number,
      'reference', p.reference, 'role', p.role, 'language', p.language, 'phone_is_whose', p.contact,
      'born_in', p.birth_year, 'amounts_by_phone', p.amounts_by_phone, 'has_a_pin', has_pin(p.id),
      'enrolled_on', p.enrolled_on, 'left_on', p.left_on, 'left_because', p.left_reason) order by p.id <> :person, p.id)
    from participant p where p.id in (select id from hers)) as data
  union all select 2, 'numbers', (
    select json_agg(json_build_object('id', n.id, 'number', n.number_sealed, 'since', l.from_on, 'until', l.to_on,
      'who_uses_it', n.sharing, 'texts_stopped_on', n.stopped_on, 'language', n.language) order by l.from_on, l.id)
    from participant_phone l join phone_number n on n.id = l.phone_number_id where l.participant_id in (select id from hers))
  union all select 3, 'groups', (
    select json_agg(json_build_object('group', g.number, 'sector', g.sector, 'place', g.place,
      'list_number', m.list_number, 'since', m.from_on, 'until', m.to_on) order by m.from_on, m.id)
    from group_membership m join training_group g on g.id = m.group_id where m.participant_id in (select id from hers))
  union all select 4, 'households', (
    select json_agg(json_build_object('household', h.reference, 'village', h.village, 'as', l.relation,
      'since', l.from_on, 'until', l.to_on) order by l.from_on, l.id)
    from household_link l join household h on h.id = l.household_id where l.participant_id in (select id from hers))
  union all select 5, 'relatives', (
    select json_agg(json_build_object('relation', case when k.participant_id in (select id from hers) then k.relation
      else 'other side of ' || k.relation end, 'since', k.from_on, 'until', k.to_on) order by k.from_on, k.id)
    from kinship k where k.participant_id in (select id from hers) or k.other_id in (select id from hers))
  union all select 6, 'nominations', (
    select json_agg(json_build_object('nominated', n.relation, 'on', n.nominated_on) order by n.nominated_on, n.entry)
    from nomination n where n.participant_id in (select id from hers))
  union all select 7, 'consents', (
    select json_agg(json_build_object('purpose', c.purpose, 'said_yes', c.given, 'on', c.taken_on, 'version', c.version,
      'language', c.language, 'how', c.how, 'given_by', c.given_by, 'asked_alone', c.asked_alone, 'witness', c.witness,
      'taken_by', c.taken_by) order by c.taken_on, c.purpose, c.id)
    from consent c where c.participant_id in (select id from hers))
  union all select 8, 'sessions', (
    select json_agg(json_build_object('starts', s.starts_at, 'place', s.place, 'attendance', a.status,
      'said_by', a.source, 'with_her_coach', a.assisted, 'on', a.recorded_on) order by s.starts_at, a.source)
    from attendance a join training_session s on s.id = a.training_session_id
    where a.participant_id in (select id from hers))
  union all select 9, 'replies', (
    select json_agg(json_build_object('starts', s.starts_at, 'she_comes', r.coming, 'on', r.replied_on)
      order by s.starts_at)
    from session_reply r join training_session s on s.id = r.training_session_id
    where r.participant_id in (select id from hers))
  union all select 10, 'absent_twice', (
    select json_agg(json_build_object('on', f.raised_on, 'heard', f.answer, 'closed_on', f.closed_on)
      order by f.raised_on, f.id)
    from follow_up f where f.participant_id in (select id from hers))
  union all select 11, 'questions', (
    select json_agg(json_build_object('about', d.about, 'on', d.raised_on, 'with_her_coach', d.assisted,
      'answer', d.answer, 'closed_on', d.closed_on) order by d.raised_on, d.id)
    from dispute d where d.participant_id in (select id from hers))
  union all select 12, 'savings_groups', (
    select json_agg(json_build_object('savings_group', s.name, 'list_number', m.list_number, 'since', m.from_on,
      'until', m.to_on) order by m.from_on, m.id)
    from savings_member m join savings_group s on s.id = m.savings_group_id
    where m.participant_id in (select id from hers))
  union all select 13, 'offices', (
    select json_agg(json_build_object('savings_group', s.name, 'office', o.office, 'since', o.from_on,
      'until', o.to_on) order by o.from_on, o.id)
    from savings_officer o join savings_group s on s.id = o.savings_group_id
    where o.participant_id in (select id from hers))
  union all select 14, 'texts', (
    select json_agg(json_build_object('due', m.due_at, 'sent', m.sent_at, 'text', m.rule, 'outcome', m.status,
      'reason', m.reason) order by m.due_at, m.id)
    from message m
    where m.phone_number_id in (
        select l.phone_number_id from participant_phone l join hers h on h.id = l.participant_id)
      and m.people && array(select id from hers))
)
select name, coalesce(data, '[]'::json) as data from subject order by place

-- name: savings_entries(person)
-- That something of hers was entered into the ledger, for who may not read the amounts.
select 'savings_entries' as name, coalesce(json_agg(json_build_object('said_by', c.source, 'on', c.recorded_on)
  order by c.recorded_on), '[]'::json) as data
from contribution c where c.participant_id in (select id from ids_of(:person))

-- name: savings_amounts(person)
-- The same with the amounts, in whole smallest units of the currency.
select 'savings_entries' as name, coalesce(json_agg(json_build_object('week_of', c.week_of, 'amount', c.amount,
  'said_by', c.source, 'with_her_coach', c.assisted, 'takes_back_an_entry', c.reverses is not null,
  'on', c.recorded_on) order by c.recorded_on, c.week_of), '[]'::json) as data
from contribution c where c.participant_id in (select id from ids_of(:person))

-- name: trail(person)
-- What was done to her row, when, and by whom as far as this tells nobody's name.
select 'done_to_her_row' as name, coalesce(json_agg(json_build_object('at', a.at, 'what', a.what, 'by', case
  when a.who like 'console:%%' then 'an account of the console' when a.who like 'coach:%%' then 'her coach'
  else 'a command of the office' end) order by a.id), '[]'::json) as data
from audit_entry a
where a.subject = 'participant' and a.subject_id in (select id::text from ids_of(:person))
