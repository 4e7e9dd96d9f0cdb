"""The tables of a donor's report, as texts, with what must not be shown left out.

`suppression` chooses what is left out: for the counts of people of all tables together, and for rates and amounts by
the number of people behind each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sms_app.trial import donor
from sms_app.trial.donor import BAND_NAMES, ROLE_NAMES, Facts, Person, Savings
from sms_app.trial.linked_tables import linked_tables
from sms_app.trial.suppression import Count, hidden, one_column

HIDDEN = "*"
NO_GROUP = ""
EXTREME_PERCENT = 5
"""Rates nearer than this to 0 or 100 per cent are given as bounds: they would tell of nearly everybody."""


@dataclass(frozen=True)
class TableRow:
    """A row of a table."""

    label: str
    cells: Sequence[str]
    is_total: bool = False


@dataclass(frozen=True)
class Table:
    """A table with its heads; the first one is above the labels."""

    title: str
    heads: Sequence[str]
    lines: Sequence[TableRow]
    note: str = ""


def tables(facts: Facts, currency: str) -> list[Table]:
    """The report's tables; `currency` is that of savings."""
    reached = [person for person in facts.people if person.reached]
    network = linked_tables(*donor.count(reached, facts.groups))
    secret = hidden(network)
    shown = {count.name: HIDDEN if count.name in secret else f"{count.value:,}" for count in network}
    roles = [role for role in ROLE_NAMES.values() if f"column:{role}" in shown]
    sectors = sorted(name.removeprefix("row:") for name in shown if name.startswith("row:"))
    return [
        _by_sector(shown, sectors, roles),
        _by_band(shown, roles),
        _attendance(facts.people, sectors, roles),
        _savings(facts.savings, currency),
        _cost(facts, None if "total" in secret else len(reached)),
    ]


def _by_sector(shown: Mapping[str, str], sectors: Sequence[str], roles: Sequence[str]) -> Table:
    lines = [
        TableRow(
            sector, [*(shown.get(f"{sector}|{role}", NO_GROUP) for role in roles), shown[f"row:{sector}"]]
        )
        for sector in sectors
    ]
    total = TableRow("all", [*(shown[f"column:{role}"] for role in roles), shown["total"]], True)
    note = "An empty cell: the programme has no such group there."
    return Table("People reached, by sector", ["sector", *roles, "all"], [*lines, total], note)


def _by_band(shown: Mapping[str, str], roles: Sequence[str]) -> Table:
    lines = [
        TableRow(band, [*(shown[f"{role}|{band}|band"] for role in roles), shown[f"band:{band}"]])
        for band in BAND_NAMES
    ]
    total = TableRow("all", [*(shown[f"column:{role}"] for role in roles), shown["total"]], True)
    return Table("People reached, by age", ["age", *roles, "all"], [*lines, total])


def _attendance(people: Sequence[Person], sectors: Sequence[str], roles: Sequence[str]) -> Table:
    """Rates by sector and by role, hidden by the number of people of whom it is known whether they came."""
    known = [person for person in people if person.reported]
    by_sector = Counter(dict.fromkeys(sectors, 0))
    by_sector.update(person.sector for person in known)
    by_role = Counter(dict.fromkeys(roles, 0))
    by_role.update(person.role for person in known)
    network = [
        Count("all", len(known), "end", "start"),
        *(Count(f"sector:{sector}", value, "start", "middle") for sector, value in by_sector.items()),
        *(Count(f"role:{role}", value, "middle", "end") for role, value in by_role.items()),
    ]
    secret = hidden(network)

    theirs: defaultdict[str, list[Person]] = defaultdict(list)
    for person in known:
        for name in (f"sector:{person.sector}", f"role:{person.role}", "all"):
            theirs[name].append(person)
    names = {
        **{f"sector:{sector}": sector for sector in sectors},
        **{f"role:{role}": role for role in roles},
        "all": "all",
    }
    lines = [
        TableRow(label, [HIDDEN if name in secret else _percent(theirs[name])], name == "all")
        for name, label in names.items()
    ]
    note = "Of the sessions of which it is known whether a person came, those to which she or he came, late ones too."
    return Table("Attendance", ["", "attended"], lines, note)


def _percent(people: Sequence[Person]) -> str:
    percent = 100 * sum(person.attended for person in people) / sum(person.reported for person in people)
    if percent > 100 - EXTREME_PERCENT:
        return f"over {100 - EXTREME_PERCENT} %"
    return f"under {EXTREME_PERCENT} %" if percent < EXTREME_PERCENT else f"{percent:.0f} %"


def _savings(groups: Sequence[Savings], currency: str) -> Table:
    """Amounts of each savings group. No table tells how many saved."""
    labels = _labels(groups)
    counted = _amounts(labels, [(group.counted_people, group.counted) for group in groups])
    reported = _amounts(labels, [(group.reported_people, group.reported) for group in groups])
    lines = [TableRow(label, [counted[label], reported[label]], label == "all") for label in (*labels, "all")]
    note = "Two accounts of the same savings, which are never added: the meetings' count, and members' own reports."
    heads = ["savings group", f"counted at meetings, {currency}", f"reported by members, {currency}"]
    return Table("Savings", heads, lines, note)


def _labels(groups: Sequence[Savings]) -> list[str]:
    """A name for each savings group, without its own name: the training group, and a place if that has several."""
    labels: list[str] = []
    seen: Counter[str] = Counter()
    for group in groups:
        label = "no training group" if group.number is None else f"group {group.number}, {group.sector}"
        seen[label] += 1
        labels.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return labels


def _amounts(labels: Sequence[str], saved: Sequence[tuple[int, int]]) -> dict[str, str]:
    """Each group's amount and the total's, hidden by the number of people who put something in."""
    if not labels:
        return {"all": HIDDEN}
    people = {label: count for label, (count, _) in zip(labels, saved, strict=True)}
    secret = hidden(one_column(sum(people.values()), people))
    amounts = {
        label: HIDDEN if f":{label}" in secret else f"{amount:,}"
        for label, (_, amount) in zip(labels, saved, strict=True)
    }
    return {**amounts, "all": HIDDEN if ":" in secret else f"{sum(amount for _, amount in saved):,}"}


def _cost(facts: Facts, reached: int | None) -> Table:
    """The cost of texts and dialogues together, and by person unless the number of people is hidden."""
    lines = [
        TableRow(
            cost.currency,
            [f"{cost.cost:,.2f}", HIDDEN if reached is None else f"{cost.cost / Decimal(reached):,.2f}"],
        )
        for cost in facts.costs
    ]
    note = "Texts and dialogues together, as far as the provider told what they cost."
    return Table("Cost", ["currency", "total", "for each person reached"], lines, note)
