"""Puts a simulated year's stage together: the people, their phones, the office and the tally."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from random import Random

from sqlalchemy import Engine

from sms_app.programme.desk import OfficeTransaction
from sms_app.programme.loaded import LoadedProgramme
from sms_app.simulator.year.office import WHO
from sms_app.simulator.year.people import World
from sms_app.simulator.year.phones import Phones
from sms_app.simulator.year.screens import Screens
from sms_app.simulator.year.stage import Stage
from sms_app.simulator.year.tally import Tally
from sms_app.simulator.year.travel import Travel
from sms_app.simulator.year.web_process import WebProcess
from sms_app.simulator.year.webhooks import Webhooks
from sms_app.vault import Vault


def make_stage(
    world: World,
    loaded: LoadedProgramme,
    travel: Travel,
    webhooks: Webhooks,
    web_process: WebProcess,
    seed: int,
    staff: Engine,
    vault: Vault,
    stop_sending: Callable[[], None],
    start_sending: Callable[[], None],
) -> Stage:
    """The stage of a year that has not begun. `staff` is an engine with the office's rights."""
    screens, tally = Screens(loaded.texts), Tally()
    persons = [(person.number, person.id) for person in world.persons if person.number]
    for number, id_ in (*persons, *((coach.number, coach.id) for coach in world.coaches)):
        tally.owners[number].add(id_)
    phones = Phones(
        webhooks,
        web_process,
        travel,
        tally,
        screens,
        loaded.settings.service_code,
        sorted(loaded.settings.networks),
        Random(f"{seed} network"),  # noqa: S311 (invented people have no secrets)
    )
    return Stage(
        world,
        loaded,
        travel,
        webhooks,
        web_process,
        phones,
        screens,
        tally,
        _office(staff, vault, loaded, travel),
        stop_sending,
        start_sending,
        Random(0),  # noqa: S311 (each day brings its own)
    )


def _office(
    engine: Engine, vault: Vault, loaded: LoadedProgramme, travel: Travel
) -> Callable[[], AbstractContextManager[OfficeTransaction]]:
    @contextmanager
    def office() -> Iterator[OfficeTransaction]:
        with engine.begin() as conn:
            country = loaded.settings.country
            yield OfficeTransaction(conn, vault, loaded.id, WHO, travel.now(), travel.today, country)

    return office
