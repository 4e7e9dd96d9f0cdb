"""Member cards as one HTML page to print: six on a sheet of A4, pictures in place of words, nothing loaded or run."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from sms_app.programme.cards import Way

KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")
COLUMNS, KEY, GAP, EDGE, PRESSED = 3, 9, 1, 4, 3
WIDE, HIGH = COLUMNS * (KEY + GAP) - GAP + 2 * EDGE, 4 * (KEY + GAP) - GAP + 2 * EDGE
CARD_STYLE = """
.sheet { width: 194mm; max-width: 100%; margin: 0 auto; display: flex; flex-wrap: wrap; color: #000;
  font-family: Arial, Helvetica, sans-serif }
.sheet * { box-sizing: border-box }
.member-card { width: 97mm; height: 92mm; padding: 4mm; border: 0.3mm dashed #999; break-inside: avoid;
  overflow: hidden; background: #fff }
.sheet .member { font-size: 11mm; line-height: 11.5mm; font-weight: bold; letter-spacing: 1.5mm; text-align: center }
.sheet .service-code { font-size: 6.5mm; line-height: 9mm; text-align: center; border-bottom: 0.4mm solid #000;
  margin-bottom: 1.5mm; display: flex; justify-content: center; align-items: center; gap: 2mm }
.way { display: flex; align-items: center; height: 15.2mm; gap: 1mm }
.way svg.icon { flex: none; margin-right: 2mm }
.way svg.pad { width: 12mm; height: 15.2mm; flex: none }
.way .then { font-size: 4mm; color: #555 }
"""
"""The rules of the cards alone, for the command's page and the console's."""
STYLE = """
@page { size: A4; margin: 8mm }
body { margin: 0 }
"""
ICONS = {
    "phone": '<rect x="7" y="2" width="10" height="20" rx="2"/><path d="M10 19h4"/>',
    # a calendar with one day marked
    "next_session": '<rect x="3" y="5" width="18" height="16" rx="1"/><path d="M3 10h18M8 2v5M16 2v5"/>'
    '<rect x="13" y="13" width="5" height="5" fill="#000"/>',
    # somebody, and a tick
    "check_in": '<circle cx="8" cy="7" r="4"/><path d="M2 21c0-6 12-6 12 0M14 12l3 3 6-8"/>',
    # a coin above a box with a lock
    "saving": '<rect x="2" y="12" width="20" height="10"/><path d="M2 15h20M12 8v3M10 9.5l2 2 2-2"/>'
    '<rect x="9.5" y="15" width="5" height="4.5" fill="#000"/><circle cx="12" cy="4" r="3" fill="#000"/>',
    # an envelope, struck out
    "stop_messages": '<rect x="2" y="6" width="20" height="13"/><path d="M2 6l10 8 10-8M3 22L21 2"/>',
}
CODE_BOXES = "".join(f'<rect x="{1 + 6 * n}" y="6" width="5" height="8"/>' for n in range(4))
# the code of the session, which is read out there
SESSION_CODE = (
    '<svg viewBox="0 0 26 20" width="17mm" height="13mm" fill="none" stroke="#000" stroke-width="0.8">'
    f"{CODE_BOXES}</svg>"
)


def page(members: Sequence[str], service_code: str, ways: Sequence[Way]) -> str:
    """The page with a card for each member number; the same service code and ways on each."""
    head = f'<meta charset="utf-8"><title>&#8203;</title><style>{STYLE}{CARD_STYLE}</style>'
    cards = sheet(members, service_code, ways)
    return f"<!doctype html>\n<html><head>{head}</head><body>{cards}</body></html>\n"


def sheet(members: Sequence[str], service_code: str, ways: Sequence[Way]) -> str:
    """The cards alone, in HTML that needs CARD_STYLE."""
    rows = "".join(_way(way) for way in ways)
    code = f'<div class="service-code">{_icon("phone", "5mm")}{escape(service_code)}</div>'
    cards = "".join(
        f'<div class="member-card"><div class="member">{escape(member)}</div>{code}{rows}</div>\n'
        for member in members
    )
    return f'<div class="sheet">\n{cards}</div>'


def keypad(key: str) -> str:
    """A phone's keypad with one key to press, as SVG."""
    keys = [_key(n, label, label == key) for n, label in enumerate(KEYS)]
    # the pressed one is drawn last, over its neighbours
    keys.sort(key=lambda drawn: "#000" in drawn)
    return f'<svg class="pad" viewBox="0 0 {WIDE} {HIGH}">{"".join(keys)}</svg>'


def _key(n: int, label: str, pressed: bool) -> str:
    more = PRESSED if pressed else 0
    size, side = (13, KEY + 2 * more) if pressed else (6, KEY)
    fill, ink, weight = ("#000", "#fff", "bold") if pressed else ("#fff", "#777", "normal")
    x, y = EDGE + n % COLUMNS * (KEY + GAP), EDGE + n // COLUMNS * (KEY + GAP)
    return (
        f'<rect x="{x - more}" y="{y - more}" width="{side}" height="{side}" rx="2" fill="{fill}" stroke="#777"'
        f' stroke-width="0.7"/><text x="{x + KEY / 2}" y="{y + KEY / 2 + size * 0.36:.1f}" font-size="{size}"'
        f' font-weight="{weight}" text-anchor="middle" fill="{ink}">{label}</text>'
    )


def _way(way: Way) -> str:
    then = '<span class="then">&#9654;</span>'
    pads = then.join(keypad(key) for key in way.keys)
    more = f"{then}{SESSION_CODE}" if way.name == "check_in" else ""
    return f'<div class="way">{_icon(way.name, "11mm")}{pads}{more}</div>'


def _icon(name: str, size: str) -> str:
    return (
        f'<svg class="icon" viewBox="0 0 24 24" width="{size}" height="{size}" fill="none" stroke="#000"'
        f' stroke-width="1.5">{ICONS[name]}</svg>'
    )
