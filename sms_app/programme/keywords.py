"""The words that have a meaning when an incoming text consists of just one of them."""

from __future__ import annotations

import unicodedata

from sms_app.programme.yaml_node import Node

MEANINGS = ("yes", "no", "stop")
RESERVED = ("help",)
"""Listed so that no other meaning can use its words. After reading they are dropped: a text that asks for help is
handled as one that is not understood."""


def fold(text: str) -> str:
    """A text in lower case, without punctuation and signs, with single spaces between its words."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(c for c in plain if c.isspace() or unicodedata.category(c)[0] in "LMN").split())


def read(node: Node) -> dict[str, str]:
    """Read the `keywords` of a programme.yaml: the meaning (one of MEANINGS) of each word, noting each fault."""
    meanings: dict[str, str] = {}
    for meaning, words in node.parts((*MEANINGS, *RESERVED)).items():
        for word in words.each(Node.text):
            if word != fold(word):
                words.fault(f"`{word}` can't match: a text is read as `{fold(word)}`")
            elif word in meanings:
                words.fault(f"`{word}` is listed twice")
            meanings[word] = meaning
    return {word: meaning for word, meaning in meanings.items() if meaning in MEANINGS}
