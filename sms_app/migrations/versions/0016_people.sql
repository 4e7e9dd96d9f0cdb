-- Revision 0016. A later change is a later revision: this file stays as it is.

-- What the office calls a coach, and the coach's own PIN and place to go on from.
alter table coach
  add column code varchar(12), add column pin bytea, add column pin_changed_on date, add column bookmark bytea,
  add column bookmark_on date, add column suspended_on date;
update coach c set code = 'C' || n.nth
  from (select id, row_number() over (partition by programme_id order by id) as nth from coach) n where n.id = c.id;
alter table coach alter column code set not null, add constraint uq_coach_programme_id_code unique (programme_id, code);

alter table participant
  add column reference varchar(20), add column initials_sealed bytea, add column group_since date,
  add column left_reason varchar, add column merged_into uuid;
update participant set reference = member_number;
alter table participant
  alter column reference set not null,
  add constraint uq_participant_programme_id_reference unique (programme_id, reference),
  add constraint ck_participant_left_reason check (left_reason in
    ('moved', 'work', 'family', 'health', 'refused', 'died', 'finished', 'duplicate', 'other')),
  add constraint ck_participant_left check (left_reason is null or left_on is not null),
  add constraint ck_participant_merged check (merged_into is null or left_on is not null),
  add constraint fk_participant_merged_into foreign key (merged_into) references participant (id);
create index ix_participant_merged_into on participant (merged_into) where merged_into is not null;

alter table household add column reference varchar(20);
update household h set reference = 'H' || n.nth
  from (select id, row_number() over (partition by programme_id order by id) as nth from household) n where n.id = h.id;
alter table household
  alter column reference set not null, add constraint uq_household_programme_id_reference unique (programme_id, reference);

-- Who is whose husband, father or brother, or lives with her.
create table kinship (
  id uuid not null, participant_id uuid not null, relation varchar not null, other_id uuid not null,
  from_on date not null, to_on date,
  constraint pk_kinship primary key (id),
  constraint fk_kinship_participant_id foreign key (participant_id) references participant (id),
  constraint fk_kinship_other_id foreign key (other_id) references participant (id),
  constraint ck_kinship_relation check (relation in ('husband_of', 'father_of', 'brother_of', 'lives_with')),
  constraint ck_kinship_two_people check (participant_id <> other_id)
);
create unique index uq_kinship_now on kinship (participant_id, other_id, relation) where to_on is null;
create index ix_kinship_other_id on kinship (other_id);

-- Which list somebody was on with which number: a number is never given again.
create table group_membership (
  id uuid not null, participant_id uuid not null, group_id uuid not null, list_number integer, from_on date not null,
  to_on date,
  constraint pk_group_membership primary key (id),
  constraint uq_group_membership_group_id_list_number unique (group_id, list_number),
  constraint fk_group_membership_participant_id foreign key (participant_id) references participant (id),
  constraint fk_group_membership_group_id foreign key (group_id) references training_group (id)
);
create unique index uq_group_membership_now on group_membership (participant_id) where to_on is null;
insert into group_membership (id, participant_id, group_id, list_number, from_on, to_on)
  select gen_random_uuid(), id, group_id, list_number, enrolled_on, left_on from participant where group_id is not null;

-- Keeps the history in step with the participant's row, whoever changes it: from enrolled_on, or from group_since after
-- a move, until the next move or until left_on.
create function keep_group_membership() returns trigger language plpgsql security definer
set search_path = pg_catalog, public as $$
declare
  since date := coalesce(new.group_since, new.enrolled_on);
begin
  if tg_op = 'UPDATE' and (old.group_id, old.list_number) is distinct from (new.group_id, new.list_number) then
    update public.group_membership set to_on = since where participant_id = new.id and to_on is null;
  end if;
  if new.group_id is not null
    and (tg_op = 'INSERT' or (old.group_id, old.list_number) is distinct from (new.group_id, new.list_number)) then
    insert into public.group_membership (id, participant_id, group_id, list_number, from_on)
      values (gen_random_uuid(), new.id, new.group_id, new.list_number, since);
  end if;
  update public.group_membership set to_on = new.left_on
    where participant_id = new.id and to_on is null and new.left_on is not null;
  return null;
end $$;
create trigger keeps_membership after insert on participant
  for each row when (new.group_id is not null) execute function keep_group_membership();
create trigger keeps_membership_later after update of group_id, list_number, left_on on participant
  for each row when ((old.group_id, old.list_number, old.left_on) is distinct from
    (new.group_id, new.list_number, new.left_on)) execute function keep_group_membership();

-- Members of a savings group are called by their number on its own list, and some of them hold its offices.
alter table savings_member add column list_number integer;
update savings_member s set list_number = n.nth
  from (
    select m.id, row_number() over (partition by m.savings_group_id order by m.to_on is not null, p.list_number, m.id)
      as nth
    from savings_member m join participant p on p.id = m.participant_id
  ) n
  where n.id = s.id;
alter table savings_member
  add constraint uq_savings_member_savings_group_id_list_number unique (savings_group_id, list_number);
create table savings_officer (
  id uuid not null, savings_group_id uuid not null, participant_id uuid not null, office varchar not null,
  from_on date not null, to_on date,
  constraint pk_savings_officer primary key (id),
  constraint fk_savings_officer_savings_group_id foreign key (savings_group_id) references savings_group (id),
  constraint fk_savings_officer_participant_id foreign key (participant_id) references participant (id),
  constraint ck_savings_officer_office check (office in ('chair', 'secretary', 'box_keeper', 'money_counter'))
);
create unique index uq_savings_officer_now on savings_officer (savings_group_id, participant_id) where to_on is null;
create index ix_savings_officer_participant_id on savings_officer (participant_id);
