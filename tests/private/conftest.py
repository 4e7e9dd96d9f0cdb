"""A browser, and the page in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.world.browser import chromium
from tests.world.support import NOW, the_page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page on a disk."""
    path = tmp_path_factory.mktemp("page") / "requests.html"
    path.write_text(the_page(), encoding="utf-8")
    return path


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console said."""
    return []


@pytest.fixture
def page(browser: Browser, page_file: Path, complaints: list[str]) -> Iterator[Page]:
    """The page, opened from the disk at NOW. Whatever the browser complains of fails the test."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1024, "height": 600})
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.clock.install(time=NOW)
    page.goto(page_file.as_uri())
    yield page
    context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def library(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """An empty page from the disk, in which the library is run by itself (`in_library`)."""
    path = tmp_path_factory.mktemp("library") / "empty.html"
    path.write_text("<!DOCTYPE html><title>empty</title>")
    page = browser.new_page()
    page.goto(path.as_uri())
    yield page
    page.close()
