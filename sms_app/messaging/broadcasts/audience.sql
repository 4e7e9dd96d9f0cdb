-- name: count(programme, roles, groups, sectors, only_arms, only_languages, contacts)^
-- How many people an audience has, how many of them have no number, the arms that are in it, and all arms there are.
with person as materialized (
  -- the participants of the audience
  select participant_id, arm from broadcast_people(:programme, :roles, :groups, :sectors, :only_arms, :only_languages, :contacts)
), coach as materialized (
  -- the coaches of the audience; without a number phone_number_id is null
  select phone_number_id from broadcast_coaches(:programme, :roles, :groups, :sectors)
)
select (select count(*) from person) + (select count(*) from coach) as people,
  (select count(*) from person p where not exists (
    select from participant_phone l where l.participant_id = p.participant_id and l.to_on is null))
  + (select count(*) from coach where phone_number_id is null) as without_number,
  array(select distinct arm from person where arm is not null order by arm) as arms,
  array(select code from arm where programme_id = :programme order by code) as all_arms
