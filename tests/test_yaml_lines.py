"""YAML files are read by YAML 1.2, with the line of each key and item."""

from __future__ import annotations

from datetime import date

import pytest

from sms_app.yaml_lines import YamlList, YamlMap, YamlProblem, parse


def test_a_map_knows_the_lines_of_its_keys_and_a_list_of_its_items() -> None:
    read = parse("# first\none: 1\ntwo:\n  - a\n  -\n    b: {c: 3, d: [4,\n      5]}\n")
    assert isinstance(read, YamlMap)
    assert read == {"one": 1, "two": ["a", {"b": {"c": 3, "d": [4, 5]}}]}
    assert (read.line, read.lines) == (2, {"one": 2, "two": 3})
    assert isinstance(read["two"], YamlList)
    assert (read["two"].lines, read["two"].column, read["two"].is_flow) == ([4, 6], 2, False)
    braces = read["two"][1]["b"]
    assert (braces.lines, braces.column, braces.is_flow) == ({"c": 6, "d": 6}, 7, True)
    assert braces["d"].lines == [6, 7]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("010", 10),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e7", 1e7),
        (".", "."),
        ("12:30", "12:30"),
        ("0788 000 000", "0788 000 000"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("2026-01-07", date(2026, 1, 7)),
        ("1_000", "1_000"),
        ("=", "="),
    ],
)
def test_a_word_is_what_yaml_1_2_says(written: str, value: object) -> None:
    read = parse(f"key: {written}")["key"]
    assert (read, type(read)) == (value, type(value))


def test_an_empty_text_is_nothing() -> None:
    assert parse("# only a comment\n") is None


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 'found duplicate key "a"'),
        ("a: 1\nb: [1, 2\n", 3, "did not find expected"),
        ("a: 1\n\tb: 2\n", 2, "found a tab character"),
        ("a: b: c\n", 1, "mapping values are not allowed"),
        ("a: 1\nb: !odd x\n", 2, "the tag `!odd` is not read here"),
        ("a: 1\nb: !!binary aGk=\n", 2, "is not read here"),
        ("a: &x\n  b: *x\n", 1, "a value contains itself"),
        ("a: 1\n? [1, 2]\n: 3\n", 2, "a key is a word or a number"),
        ("a: 1\nday: 2026-13-07\n", 2, "month must be in 1..12"),
        ("a: \x07\n", 1, "control characters are not allowed"),
        ("a: 1\n--- \nb: 2\n", 2, "but found another document"),
    ],
)
def test_what_can_not_be_read_is_told_with_its_line(text: str, line: int, why: str) -> None:
    with pytest.raises(YamlProblem, match=why) as told:
        parse(text)
    assert told.value.line == line
