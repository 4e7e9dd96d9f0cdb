"""Which counts of people a report must hide, so that nobody can work out a small one from those that are shown.

The counts of a report are the edges of a network. At each node what comes in is what goes out: a total comes in, its
parts go out. Tables that have a total in common are one network. Whoever reads the report can fill in the hidden counts
in every way that keeps all sums right and no count negative. A count below `least`, zero included, is safe when one of
these ways makes it `least` or more: then the report does not tell that it is small, nor does any sum or difference of
what it shows. A larger count that is hidden for its sake is safe when two of the ways differ in it."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

LEAST = 10
"""The smallest number of people that a report shows."""


@dataclass(frozen=True)
class Count:
    """A count of people, as an edge of the network: it goes out of the node `start` and into the node `end`."""

    name: str
    value: int
    start: Hashable
    end: Hashable


class NoWayBack(Exception):
    """A count is in no cycle of the network: the total of its table is missing."""


def hidden(counts: Sequence[Count], least: int = LEAST) -> frozenset[str]:
    """The names of the counts that must not be shown: those below `least`, and others so that each of these is safe.

    The others are chosen by value, the smallest first. Names are unique, and each count is on a cycle of the network.
    Raises NoWayBack."""
    small = [count for count in counts if count.value < least]
    chosen = {count.name for count in small}
    for count in sorted(small, key=lambda count: (count.value, count.name)):
        _protect(count, counts, chosen, least)
    return frozenset(chosen)


def _protect(count: Count, counts: Sequence[Count], chosen: set[str], least: int) -> None:
    """Hide more until a small count could be `least`: raise it, and change others along the ways back, the cheapest
    first. What is hidden for an earlier count is hidden already, so its way stays open."""
    values = {other.name: other.value for other in counts}
    missing = least - count.value
    while missing > 0:
        way = _cheapest_way(count, counts, values, chosen)
        lowered = [values[other.name] for other, step in way if step < 0]
        raised_by = min([missing, *lowered])
        for other, step in way:
            values[other.name] += step * raised_by
            chosen.add(other.name)
        missing -= raised_by


def _cheapest_way(
    count: Count, counts: Sequence[Count], values: Mapping[str, int], chosen: set[str]
) -> list[tuple[Count, int]]:
    """The counts that change when `count` is raised by one: from its end back to its start, each with +1 or -1. A count
    that is hidden costs nothing, another one its size. Only a count above zero can be lowered."""
    costs: dict[Hashable, int] = {count.end: 0}
    came: dict[Hashable, tuple[Hashable, Count, int]] = {}
    waiting: list[tuple[int, int, Hashable]] = [(0, 0, count.end)]
    others = [other for other in counts if other.name != count.name]
    # of equal prices the one that came first
    order = itertools.count(1)
    while waiting:
        cost, _, node = heapq.heappop(waiting)
        if cost > costs[node]:
            continue
        for other, step, after in _steps(others, node, values):
            price = cost + (0 if other.name in chosen else other.value + 1)
            if after not in costs or price < costs[after]:
                costs[after], came[after] = price, (node, other, step)
                heapq.heappush(waiting, (price, next(order), after))
    if count.start not in costs:
        raise NoWayBack(f"`{count.name}` is in no cycle")
    way: list[tuple[Count, int]] = []
    node = count.start
    while node != count.end:
        node, other, step = came[node]
        way.append((other, step))
    return way


def _steps(
    counts: Sequence[Count], node: Hashable, values: Mapping[str, int]
) -> Iterator[tuple[Count, int, Hashable]]:
    """The counts by which one leaves a node: raised along their direction, or lowered against it."""
    for count in counts:
        if count.start == node:
            yield count, 1, count.end
        elif count.end == node and values[count.name] > 0:
            yield count, -1, count.start


def one_column(total: int, parts: Mapping[str, int], of: str = "") -> list[Count]:
    """The network of a list of counts and its total; the counts are named `of:PART`, the total `of:`."""
    return [
        Count(f"{of}:", total, "all parts", "the total"),
        *(Count(f"{of}:{part}", value, "the total", "all parts") for part, value in parts.items()),
    ]
