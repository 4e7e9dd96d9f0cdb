"""Inspects an XLSX file's zip before anything reads it: its real size, and content that no import may have."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from sms_app.programme.workbook.faults import CannotRead

MAX_FILE_BYTES = 60 * 2**20
MAX_UNPACKED_BYTES = 600 * 2**20
MAX_MEMBERS = 2_000
MAX_CELLS = 20_000_000


@dataclass(frozen=True)
class Limits:
    """How large a file may be, what its zip unpacks to, both in bytes, and the cells of a sheet."""

    file: int = MAX_FILE_BYTES
    unpacked: int = MAX_UNPACKED_BYTES
    cells: int = MAX_CELLS


LIMITS = Limits()
"""Those of the commands."""
CHUNK = 2**20
OVERLAP = 4096
"""Bytes of one chunk that are looked at again with the next, since a cell may lie across both."""
LOCAL_HEADER = struct.Struct("<26xHH")
COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# inside a sheet's XML; a name may have a prefix, and a value either quotation mark
PLACE = rb"""\br\s*=\s*["']([A-Z]{1,3})(\d{1,7})["']"""
REFERENCE = re.compile(PLACE)
CELL = re.compile(rb"<(?:\w+:)?c\s[^>]{0,200}?" + PLACE)
FORMULA = re.compile(rb"<(?:\w+:)?c\s[^>]{0,200}?" + PLACE + rb"[^>]{0,200}>\s*<(?:\w+:)?f[\s/>]")
ANY_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
ERROR = re.compile(rb"""<(?:\w+:)?c\s[^>]{0,300}?\bt\s*=\s*["']e["'][^>]{0,300}>""")
CELLS_END = re.compile(rb"</(?:\w+:)?sheetData\s*>")
DOCTYPE = b"<!DOCTYPE"
BOMB = "The file unpacks to far more than a workbook has: it was not read."
NOT_XLSX = (
    "This is not an .xlsx workbook: save it again as Excel Workbook (.xlsx), or give a folder of CSV files."
)


@dataclass
class SheetXml:
    """What was seen of one sheet's XML: its cells with formulas and with errors as (row, column), how many more of them
    say no place, and how far its cells reach."""

    formulas: set[tuple[int, int]] = field(default_factory=set)
    errors: set[tuple[int, int]] = field(default_factory=set)
    rows: int = 0
    columns: int = 0
    formula_count: int = 0
    errors_without_place: int = 0
    ended: bool = False
    last_formula: int = -1
    last_error: int = -1

    @property
    def formulas_without_place(self) -> int:
        return self.formula_count - len(self.formulas)


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
    left = limits.unpacked
    for member in members:
        is_sheet = member.filename.startswith("xl/worksheets/") and member.filename.endswith(".xml")
        seen = SheetXml()
        left -= _walk(file, member, left, seen if is_sheet else None)
        if seen.rows * seen.columns > limits.cells:
            raise CannotRead(
                "A sheet has a cell far away from all others: delete the empty rows and columns."
            )
        if is_sheet:
            sheets[member.filename] = seen
    return sheets


def _walk(file: BinaryIO, member: zipfile.ZipInfo, most: int, seen: SheetXml | None) -> int:
    """Unpack a member, a chunk at a time, and look at a sheet's cells; gives its real size. Raises CannotRead."""
    size, tail = 0, b""
    for chunk in _unpacked(file, member):
        size += len(chunk)
        if size > most:
            raise CannotRead(BOMB)
        part = tail + chunk
        if DOCTYPE in part:
            raise CannotRead(NOT_XLSX)
        if seen is not None:
            _scan(part, size - len(part), seen)
        tail = part[-OVERLAP:]
    return size


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


def _scan(part: bytes, start: int, seen: SheetXml) -> None:
    """Look at a part that begins at the byte `start` of the XML. Parts overlap: nothing is counted twice."""
    for letters, row in CELL.findall(part):
        seen.rows = max(seen.rows, int(row))
        seen.columns = max(seen.columns, column_number(letters))
    if seen.ended:
        return
    end = CELLS_END.search(part)
    if end:
        # after the cells come rules for choices, whose formulas are no values
        seen.ended, part = True, part[: end.start()]
    for letters, row in FORMULA.findall(part):
        seen.formulas.add((int(row), column_number(letters)))
    for formula in ANY_FORMULA.finditer(part):
        if start + formula.start() > seen.last_formula:
            seen.formula_count += 1
            seen.last_formula = start + formula.start()
    for error in ERROR.finditer(part):
        if start + error.start() > seen.last_error:
            seen.last_error = start + error.start()
            place = REFERENCE.search(error[0])
            if place:
                seen.errors.add((int(place[2]), column_number(place[1])))
            else:
                seen.errors_without_place += 1


def column_number(letters: bytes) -> int:
    """A column's number, from 1: AB is 28."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
