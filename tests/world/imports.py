"""What the tests of the console's import share: files that are sent as its form sends them."""

from __future__ import annotations

import io
import re
from pathlib import Path

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, stream_encode_multipart

from sms_app.console.people import importing
from tests.world.console import TOKEN, Browser
from tests.world.staff_console import StaffWorld
from tests.world.staff_pages import key_of
from tests.world.workbooks import Book, xlsx

HIDDEN = re.compile(r'name="(file|changes)" value="([0-9a-f]{64})"')
COUNT = re.compile(r"Type (\d+), the number of rows")


def send(browser: Browser, *files: tuple[str, bytes], **fields: str) -> TestResponse:
    """Send files as the form does, with the page's token."""
    page = browser.get(importing.PATH).text
    token = TOKEN.search(page)
    assert token
    parts = MultiDict({"csrf_token": token[1], "key": key_of(page), **fields})
    for name, content in files:
        parts.add("files", FileStorage(io.BytesIO(content), name))
    # in memory here too: a large one would otherwise be in a temporary file of the test's client
    stream, length, boundary = stream_encode_multipart(parts, use_tempfile=False)
    return browser.client.post(
        importing.PATH,
        input_stream=stream,
        content_length=length,
        content_type=f"multipart/form-data; boundary={boundary}",
        environ_base={"REMOTE_ADDR": browser.address},
    )


def workbook(tmp_path: Path, book: Book) -> tuple[str, bytes]:
    return "people.xlsx", xlsx(tmp_path / "a.xlsx", book).read_bytes()


def confirmation(page: str, count: str = "") -> dict[str, str]:
    """What the form of a preview sends besides the file."""
    told = COUNT.search(page)
    assert told
    return {**dict(HIDDEN.findall(page)), "confirm": "yes", "count": count or told[1]}


def people(world: StaffWorld) -> int:
    ((count,),) = world.values("select count(*) from participant")
    return int(str(count))
