"""One phone, several people: what one of them did in a dialogue says nothing of the next one."""

from __future__ import annotations

from tests.conversation.conftest import World


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
    woman, free = world.phone("shared"), world.phone("woman_1")
    shown = world.dial(woman["number"], "2", "1", woman["member"], "3", "0", "0", "1", free["member"], "500")
    assert shown[4].startswith("CON Imigabane 3 = 600 Frw.")
    assert shown[-2].startswith("CON Iki cyumweru: andika amafaranga")
    assert shown[-1].startswith("CON 500 Frw.")
