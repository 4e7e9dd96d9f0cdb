"""How much of a month's budget is used. A budget stops nothing: it is for people to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sms_app.messaging.cost import CostRow, DialogueSum
from sms_app.programme.settings import Programme

NEAR = Decimal("0.8")
"""The part of a budget above which it is nearly used up."""


@dataclass(frozen=True)
class Used:
    """What a month's texts and dialogues cost so far, in the programme's currency, beside its `budget` (None: none is
    set). `other` is what dialogues cost in other currencies, which is not in it."""

    budget: int | None
    texts: Decimal
    dialogues: Decimal
    other: Sequence[DialogueSum]

    @property
    def cost(self) -> Decimal:
        """Texts and dialogues together."""
        return self.texts + self.dialogues

    @property
    def left(self) -> Decimal:
        """What is left of the budget, below 0 when more was used; 0 without a budget."""
        return Decimal(0) if self.budget is None else self.budget - self.cost

    @property
    def percent(self) -> int:
        """How many hundredths of the budget are used, rounded down; 0 without a budget."""
        return 0 if self.budget is None else int(self.cost * 100 / self.budget)

    @property
    def warning(self) -> str:
        """`over` when more than the budget is used, `near` above four fifths of it, otherwise empty."""
        if self.budget is None or self.cost <= self.budget * NEAR:
            return ""
        return "over" if self.cost > self.budget else "near"


def used(programme: Programme, texts: Sequence[CostRow], dialogues: Sequence[DialogueSum]) -> Used:
    """What the texts and dialogues of a month come to: what the provider charged, where it has told that in the
    programme's currency, and the estimate for other texts."""
    code = programme.currency.code
    of_texts = [
        row.charged if row.charged is not None and row.currency == code else row.estimated for row in texts
    ]
    return Used(
        programme.messages.budget,
        sum(of_texts, Decimal(0)),
        sum((row.cost for row in dialogues if row.currency == code), Decimal(0)),
        [row for row in dialogues if row.currency != code],
    )
