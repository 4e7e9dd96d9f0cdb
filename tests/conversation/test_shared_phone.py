"""One phone, several people: what one of them did in a dialogue says nothing of the next one."""

from __future__ import annotations

from tests.world.dialogue import World


def test_what_was_finished_is_not_offered_again(world: World) -> None:
    woman = world.phone("shared")
    item = ("2", "2", woman["member"], woman["pin"])
    assert world.dial(woman["number"], *item, "1")[-1].startswith("CON Hitamo:")
    assert "1. Komeza" in world.dial(woman["number"], *item)[-1]
    assert world.dial(woman["number"], *item, "1", "1")[-1] == "END Murakoze."
    assert "Komeza" not in world.dial(woman["number"], *item)[-1]


def test_leaving_for_the_root_is_leaving(world: World) -> None:
    woman = world.phone("shared")
    item = ("2", "2", woman["member"], woman["pin"])
    assert world.dial(woman["number"], *item, "1", "00")[-1].startswith("CON Murakaza neza")
    assert "Komeza" not in world.dial(woman["number"], *item)[-1]


def test_the_next_person_is_asked_in_her_own_groups_way(world: World) -> None:
    """The woman's group saves in shares; the man's, on the same phone, free amounts."""
    woman = world.phone("shared")
    man = next(p for p in world.people if p["number"] == woman["number"] and p["member"] != woman["member"])
    world.do(
        "update savings_member set to_on = from_on where participant_id = %(p)s",
        p=world.person(man["member"]),
    )
    world.do(
        "insert into savings_member (id, savings_group_id, participant_id, from_on) select gen_random_uuid(),"
        " m.savings_group_id, %(p)s, m.from_on from savings_member m where m.participant_id = %(free)s"
        " and m.to_on is null",
        p=world.person(man["member"]),
        free=world.person(world.phone("woman_1")["member"]),
    )
    shown = world.dial(woman["number"], "2", "1", woman["member"], "3", "0", "0", "1", man["member"], "500")
    assert shown[4].startswith("CON Imigabane 3 = 600 Frw.")
    assert shown[-2].startswith("CON Iki cyumweru: andika amafaranga")
    assert shown[-1].startswith("CON 500 Frw.")
