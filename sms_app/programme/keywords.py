"""Words that mean something when they are all that an incoming text says."""

from __future__ import annotations

import unicodedata

from sms_app.programme.yaml_node import Node

MEANINGS = ("yes", "no", "stop")
RESERVED = ("help",)
"""Read so that its words never mean anything else, and then forgotten: a text for help is no different from one that
nobody understands."""


def fold(text: str) -> str:
    """A text without what doesn't matter: case, punctuation and signs, spaces around and between its words."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(c for c in plain if c.isspace() or unicodedata.category(c)[0] in "LMN").split())


def read(node: Node) -> dict[str, str]:
    """Read the `keywords` of a programme.yaml: the meaning (one of MEANINGS) of each word, noting each fault."""
    found: dict[str, str] = {}
    for meaning, words in node.parts((*MEANINGS, *RESERVED)).items():
        for word in words.each(Node.text):
            if word != fold(word):
                words.fault(f"`{word}` can't be met: it is read as `{fold(word)}`")
            elif word in found:
                words.fault(f"`{word}` stands here twice")
            found[word] = meaning
    return {word: meaning for word, meaning in found.items() if meaning in MEANINGS}
