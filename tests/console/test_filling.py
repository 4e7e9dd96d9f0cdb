"""What was typed is put back into the right form, and nothing else of a page changes."""

from __future__ import annotations

from sms_app.console.filling import Typed, filled

PAGE = """<main><form method="post" action="/sign-out"><button>Out</button></form>
<form method="post" action="/x"><input type="hidden" name="row" value="1"><input name="amount" value="0"></form>
<form method="post" action="/x?step=2"><input type="hidden" name="row" value="2">
<input name="amount" value="5 &amp; 6" maxlength="9" required><input type="password" name="old">
<input type="file" name="file">
<textarea name="text" rows="3">old &lt;b&gt;</textarea>
<select name="language"><option value="en" selected>English</option><option value="rw">Kinyarwanda</option></select>
<input type="checkbox" name="day" value="mon" checked><input type="checkbox" name="day" value="tue">
<input type="radio" name="when" value="now" checked> <input type="radio" name="when" value="later">
<input type="date" name="on"><input name="line" value=""><input name="line" value="">
<button name="do" value="save">Save</button></form>
<p>5 &amp; 6</p></main>
"""
SENT = (
    ("row", "2"),
    ("amount", '7 "<i>"'),
    ("old", "secret"),
    ("file", "list.xlsx"),
    ("text", "</textarea><script>"),
    ("language", "rw"),
    ("day", "tue"),
    ("when", "later"),
    ("on", "2026-03-09"),
    ("line", "first"),
    ("line", "second"),
    ("do", "save"),
)


def test_each_kind_of_field_has_its_value_again() -> None:
    expected = PAGE
    for old, new in (
        (
            '<input name="amount" value="5 &amp; 6" maxlength="9" required>',
            '<input name="amount" maxlength="9" required value="7 &quot;&lt;i&gt;&quot;">',
        ),
        ("old &lt;b&gt;</textarea>", "\n&lt;/textarea&gt;&lt;script&gt;</textarea>"),
        ('value="en" selected', 'value="en"'),
        ('value="rw">', 'value="rw" selected>'),
        ('value="mon" checked', 'value="mon"'),
        ('value="tue">', 'value="tue" checked>'),
        ('value="now" checked', 'value="now"'),
        ('value="later">', 'value="later" checked>'),
        ('name="on">', 'name="on" value="2026-03-09">'),
        (
            'name="line" value=""><input name="line" value="">',
            'name="line" value="first"><input name="line" value="second">',
        ),
    ):
        assert expected.count(old) == 1
        expected = expected.replace(old, new)
    assert filled(PAGE, Typed("/x", SENT)) == expected


def test_without_the_forms_address_the_form_with_most_of_its_fields_is_meant() -> None:
    assert filled(PAGE, Typed("/x/confirm", SENT)) == filled(PAGE, Typed("/x", SENT))


def test_a_page_without_such_a_form_stays_as_it_is() -> None:
    assert filled(PAGE, Typed("/y", (("other", "1"),))) == PAGE
    assert filled("<p>nothing", Typed("/x", SENT)) == "<p>nothing"
    assert filled(PAGE, Typed("/sign-out", ())) == PAGE


def test_a_box_that_was_cleared_is_clear_and_a_text_that_was_emptied_is_empty() -> None:
    page = filled(PAGE, Typed("/x", (("row", "2"), ("amount", ""), ("text", ""))))
    assert ('value="mon" checked' in page, 'name="amount" maxlength="9" required value=""' in page) == (
        False,
        True,
    )
    assert "old &lt;b&gt;" not in page
