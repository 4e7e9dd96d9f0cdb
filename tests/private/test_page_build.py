"""The page is one file, the same for the same keys. Nothing in it reaches out or keeps something."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from sms_app.private import sealing
from sms_app.private.page import build
from tests.world.support import RECOVERY_KEY, ROSTER_KEY, public, the_page

HERE = Path(build.__file__).parent
SCRIPTS = sorted(path.name for path in HERE.glob("*.js"))
EN, RW = (json.loads((HERE / f"{language}.json").read_text(encoding="utf-8")) for language in ("en", "rw"))


def test_the_same_keys_give_the_same_bytes_and_other_keys_others():
    assert the_page() == the_page()
    other = build.page("rwanda", "Africa/Kigali", public(ROSTER_KEY), public(sealing.new_key()))
    assert other != the_page()


def test_the_keys_and_the_programme_are_inside():
    for text in (sealing.to_text(public(ROSTER_KEY)), sealing.to_text(public(RECOVERY_KEY)), '"rwanda"'):
        assert text in the_page()


def test_a_wrong_key_makes_no_page():
    with pytest.raises(sealing.SealError):
        build.page("rwanda", "Africa/Kigali", bytes(65), public(RECOVERY_KEY))


def test_a_programme_cannot_break_out_of_the_script():
    html = build.page("</script><b>", "Africa/Kigali", public(ROSTER_KEY), public(RECOVERY_KEY))
    assert html.count("</script>") == 1


def source(html, tag):
    (inline,) = re.findall(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
    return f"'sha256-{b64encode(sha256(inline.encode()).digest()).decode()}'"


def test_the_policy_allows_this_script_and_this_style_and_nothing_else():
    html = the_page()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert policy.split("; ") == [
        "default-src 'none'",
        f"script-src {source(html, 'script')}",
        f"style-src {source(html, 'style')}",
        "form-action 'none'",
        "base-uri 'none'",
    ]


def test_every_script_is_in_the_page():
    assert sorted((*build.LIBRARY, *build.INTERFACE)) == SCRIPTS


REACHES_OUT = re.compile(
    r"fetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|import\(|\bWorker\b|https?:|tel:|sms:|mailto:"
    r"|localStorage|sessionStorage|indexedDB|document\.cookie|history\.|location\b|innerHTML|outerHTML|eval\("
    r"|Function\(|document\.write|setAttribute\(\"on|Math\.random|console\.\w+\("
)


def test_nothing_in_the_page_reaches_out_or_keeps_something():
    assert REACHES_OUT.findall(the_page()) == []
    assert REACHES_OUT.findall("fetch(x); a.innerHTML = 1; localStorage.a = 1")


def placeholders(sentence):
    return sorted(re.findall(r"\{\w+\}", sentence))


def test_both_languages_have_the_same_sentences_and_placeholders():
    assert list(EN) == list(RW)
    different = [key for key in EN if placeholders(EN[key]) != placeholders(RW[key])]
    assert different == []
    assert [key for key, sentence in {**EN, **RW}.items() if not sentence.strip()] == []
    assert RW["note"].startswith("draft")


def test_every_sentence_is_used_and_every_used_sentence_is_there():
    source_text = "".join((HERE / name).read_text() for name in (*SCRIPTS, "page.html"))
    literal = set(re.findall(r'(?:say|fault|complain|clearPage|parsedFile\(\w+,)\(?\s*"(\w+)"', source_text))
    literal |= set(re.findall(r'data-text="(\w+)"', source_text))
    assert literal <= set(EN)
    unused = [key for key in EN if key != "note" and not re.search(rf'"{key}"', source_text)]
    made_up = ("state_", "explain_", "outcome_", "script_", "colleague_")
    assert [key for key in unused if not key.startswith(made_up)] == []
