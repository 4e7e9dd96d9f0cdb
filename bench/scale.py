"""Adds many participants and old contributions inside the database. Only their number matters."""

from __future__ import annotations

from bench.world import World

PEOPLE = """
insert into participant (id, programme_id, reference, role, member_number, name_sealed, language, contact, group_id,
  amounts_by_phone, enrolled_on)
select gen_random_uuid(), %(programme)s, 'x' || n, 'woman', 'x' || n, decode(md5(n::text), 'hex'), 'rw', 'own',
  (select id from training_group order by id limit 1), true, date '2020-01-01'
from generate_series(1, %(people)s) n
"""
PHONES = """
insert into phone_number (id, programme_id, number_sealed, number_index, sharing)
select id, programme_id, decode(md5(member_number), 'hex'), decode(md5('n' || member_number), 'hex'), 'unmarked'
from participant where member_number like 'x%%'
"""
LINKS = """
insert into participant_phone (id, participant_id, phone_number_id, from_on)
select gen_random_uuid(), id, id, date '2020-01-01' from phone_number n
where exists (select 1 from participant p where p.id = n.id)
"""
MEMBERS = """
insert into savings_member (id, savings_group_id, participant_id, from_on)
select gen_random_uuid(), (select savings_group_id from cycle order by id limit 1), id, date '2020-01-01'
from participant where member_number like 'x%%'
"""
OLD = """
insert into contribution (id, cycle_id, participant_id, amount, source, week_of, recorded_on, assisted)
select gen_random_uuid(), (select id from cycle order by id limit 1), p.id, 200, 'member',
  date '2020-01-06' + 7 * (n %% 50), date '2020-01-06', false
from participant p cross join generate_series(1, %(each)s) n where p.member_number like 'x%%'
"""


def grow(place: World, participants: int, contributions: int) -> None:
    """Add participants, each with a number and a savings group, and old contributions."""
    values = {
        "programme": place.programme_id,
        "people": participants,
        "each": contributions // participants,
    }
    with place.owner.begin() as conn:
        for statement in (PEOPLE, PHONES, LINKS, MEMBERS, OLD):
            conn.exec_driver_sql(statement, values)
    with place.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql("vacuum analyze")
