"""What the trial has on record of the demo's people: years of birth, villages, the screening log and nominations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from sms_app import models
from sms_app.models.trial import NOMINATED
from sms_app.simulator.demo.builder import DemoBuilder, Row, chance
from sms_app.simulator.demo.people import People

AGES = range(19, 62)
SCREENED_BEFORE = timedelta(days=10)
REFUSED, EXCLUDED = range(4), range(9)
"""How many people of a village refused, and how many each criterion excluded."""


def make(builder: DemoBuilder, people: People, seed: int) -> None:
    """Add them to the rows of the people, who are enrolled and in households. Everyone is of age, and each woman's
    household lives at the place where her group meets."""
    random = chance(seed, "trial")
    for person in (*people.women, *people.men, *people.leaders):
        person["birth_year"] = builder.since.year - random.choice(AGES)
    living: Counter[str] = Counter()
    for village, woman in _women(people):
        home = people.homes[woman["id"]]
        home.household["village"] = village
        living[village] += 1
        builder.add(
            models.Nomination,
            participant_id=woman["id"],
            # the man whose household it is was nominated
            relation=home.kin or random.choice(NOMINATED),
            nominated_on=builder.since,
            recorded_by="coach",
        )
    for village, enrolled in sorted(living.items()):
        excluded = {criterion: random.choice(EXCLUDED) for criterion in builder.programme.screening}
        refused = random.choice(REFUSED)
        screening = builder.add(
            models.Screening,
            programme_id=builder.programme_id,
            screened_on=builder.since - SCREENED_BEFORE,
            village=village,
            seen=enrolled + refused + sum(excluded.values()),
            refused=refused,
            enrolled=enrolled,
        )
        for criterion, count in excluded.items():
            builder.add(
                models.ScreeningExclusion, screening_id=screening["id"], criterion=criterion, count=count
            )


def _women(people: People) -> Iterator[tuple[str, Row]]:
    """Each woman with her village."""
    for group in people.groups:
        for person in group.people:
            if person["role"] == "woman":
                yield group.row["place"], person
