"""Inspects an XLSX file's zip before anything reads it: its real size, and content that no import may have.

The library that reads the cells makes a table as wide and as long as the furthest cells, so these are looked for
first."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from sms_app.programme.workbook.faults import CannotRead
from sms_app.programme.workbook.sheet_xml import BOMB, FAR_AWAY, NOT_XLSX, SheetReader, SheetXml

MAX_FILE_BYTES = 60 * 2**20
MAX_UNPACKED_BYTES = 600 * 2**20
MAX_MEMBERS = 2_000
MAX_CELLS = 20_000_000


@dataclass(frozen=True)
class Limits:
    """How large a file may be, what its zip unpacks to, both in bytes, and the cells of its sheets
    together, empty ones between others included."""

    file: int = MAX_FILE_BYTES
    unpacked: int = MAX_UNPACKED_BYTES
    cells: int = MAX_CELLS


LIMITS = Limits()
"""Those of the commands."""
CHUNK = 2**20
OVERLAP = len("<!DOCTYPE") - 1
"""Bytes of one chunk that are looked at again with the next."""
LOCAL_HEADER = struct.Struct("<26xHH")
COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
DOCTYPE = b"<!DOCTYPE"
SHEETS = frozenset({"worksheets", "chartsheets", "dialogsheets", "macrosheets"})
"""The folders in `xl` from which a sheet may be read."""


def inspect(file: BinaryIO, name: str, limits: Limits = LIMITS) -> dict[str, SheetXml]:
    """What each sheet's XML has, by its path in the zip. Raises CannotRead before anything large is in memory."""
    insist_small(name, file.seek(0, 2), limits)
    file.seek(0)
    start = file.read(len(COMPOUND_FILE))
    if start == COMPOUND_FILE:
        raise CannotRead(_compound(file))
    try:
        with zipfile.ZipFile(file) as archive:
            return _look(file, archive, limits)
    except (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, ValueError, EOFError):
        raise CannotRead(NOT_XLSX) from None


def insist_small(name: str, size: int, limits: Limits = LIMITS) -> None:
    """Raise CannotRead for a file that is empty or too large, by its size in bytes."""
    if size == 0:
        raise CannotRead(f"{name} is empty.")
    if size > limits.file:
        raise CannotRead(too_large(limits))


def too_large(limits: Limits = LIMITS) -> str:
    """What is said of a file, or of files together, with more bytes than are read."""
    return (
        f"The file is too large: at most {limits.file // 2**20} MB are read. Give the people in several"
        " workbooks."
    )


def _compound(file: BinaryIO) -> str:
    file.seek(0)
    if ENCRYPTED in file.read():
        return "The workbook is protected by a password: save it without one, then import that."
    return NOT_XLSX


def _look(file: BinaryIO, archive: zipfile.ZipFile, limits: Limits) -> dict[str, SheetXml]:
    members = archive.infolist()
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > limits.unpacked:
        raise CannotRead(BOMB)
    if any(member.flag_bits & 1 for member in members):
        raise CannotRead("The workbook is protected by a password: save it without one, then import that.")
    if "xl/workbook.xml" not in {member.filename for member in members}:
        raise CannotRead(NOT_XLSX)
    sheets: dict[str, SheetXml] = {}
    left, cells = limits.unpacked, 0
    for member in members:
        parts = member.filename.replace("\\", "/").lower().split("/")
        is_sheet = len(parts) > 1 and parts[1] in SHEETS
        size, seen = _walk(file, member, left, is_sheet)
        left -= size
        cells += seen.rows * seen.columns
        if cells > limits.cells:
            raise CannotRead(FAR_AWAY)
        if is_sheet:
            sheets[member.filename] = seen
    return sheets


def _walk(file: BinaryIO, member: zipfile.ZipInfo, most: int, is_sheet: bool) -> tuple[int, SheetXml]:
    """Unpack a member, a chunk at a time, and look at a sheet's cells; gives its real size. Raises CannotRead."""
    size, tail, reader = 0, b"", SheetReader()
    for chunk in _unpacked(file, member):
        size += len(chunk)
        if size > most:
            raise CannotRead(BOMB)
        if DOCTYPE in tail + chunk:
            raise CannotRead(NOT_XLSX)
        tail = chunk[-OVERLAP:]
        if is_sheet:
            reader.feed(chunk)
    if is_sheet:
        reader.feed(b"", is_last=True)
    return size, reader.seen


def _unpacked(file: BinaryIO, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """A member's real bytes, whatever the zip says of its size."""
    file.seek(member.header_offset)
    name, extra = LOCAL_HEADER.unpack(file.read(LOCAL_HEADER.size))
    file.seek(name + extra, 1)
    left = member.compress_size
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if member.compress_type == zipfile.ZIP_DEFLATED else None
    if inflate is None and member.compress_type != zipfile.ZIP_STORED:
        raise CannotRead(NOT_XLSX)
    while left > 0 and (packed := file.read(min(left, CHUNK // 16))):
        left -= len(packed)
        while packed:
            chunk = inflate.decompress(packed, CHUNK) if inflate else packed
            packed = inflate.unconsumed_tail if inflate else b""
            yield chunk
