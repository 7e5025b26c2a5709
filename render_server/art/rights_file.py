"""A file that states the rights of many pieces at once: a table as spreadsheets write it (CSV), or the same as JSON.

One row says whose a file is; the name in its column "file" may have * and ?, and then it speaks for many. The most exact row counts first,
and what it leaves open is taken from the next.
"""

from __future__ import annotations

import csv
import fnmatch
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from render_server.art.manifest import RIGHTS, Rights, harmless
from render_server.art.rights import filled
from shot_format.errors import FormatError, LimitError, MissingError
from shot_format.files import storage_errors

COLUMNS = ("file", "title", *RIGHTS, "shows")
MAX_BYTES = 4 << 20
_SHOW = re.compile("[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Row:
    """What is said of one file, or of all that a pattern fits."""

    file: str
    title: str
    rights: Rights


@dataclass
class RightsFile:
    """The rows, and which of them have fitted a file so far."""

    rows: tuple[Row, ...] = ()
    used: set[int] = field(default_factory=set)

    def find(self, name: str) -> tuple[str, Rights]:
        """Title and rights of a file; empty where no row speaks of it."""
        fitting = [index for index, row in enumerate(self.rows) if fnmatch.fnmatchcase(name.lower(), row.file.lower())]
        self.used.update(fitting)
        title, rights = "", Rights()
        for index in sorted(fitting, key=lambda index: (_loose(self.rows[index].file), index)):
            title, rights = title or self.rows[index].title, filled(rights, self.rows[index].rights)
        return title, rights

    @property
    def idle(self) -> tuple[str, ...]:
        """Rows that fitted no file: most often a name that is misspelt."""
        return tuple(row.file for index, row in enumerate(self.rows) if index not in self.used)


def _loose(pattern: str) -> int:
    """0 for a plain name, then the more letters of its own a pattern has, the earlier."""
    return 0 if not re.search(r"[*?\[]", pattern) else 1_000_000 - len(pattern.replace("*", "").replace("?", ""))


def read_rights_file(path: Path) -> RightsFile:
    """Read a rights file.

    Raises MissingError ("rights-file-missing"), FormatError ("rights-file-broken", "show-name"), LimitError, StorageError.
    """
    if not path.is_file():
        raise MissingError("rights-file-missing", f"There is no rights file {path}; check its name.")
    with storage_errors(path):
        data = path.read_bytes()
    if len(data) > MAX_BYTES:
        raise LimitError("rights-file-too-large", f"The rights file has {len(data)} bytes; at most {MAX_BYTES} are read.")
    try:
        text = data.decode("utf-8-sig")
        table = _from_json(text) if text.lstrip()[:1] in ("[", "{") else _from_csv(text)
    except (ValueError, csv.Error, RecursionError) as error:
        raise FormatError("rights-file-broken", f"The rights file {path.name} cannot be read: {error}.") from None
    return RightsFile(tuple(_row(fields) for fields in table))


def _from_csv(text: str) -> list[dict[str, Any]]:
    """Spreadsheets write commas, semicolons or tabs between the columns, by the country they were made for."""
    head = text.splitlines()[0] if text.strip() else ""
    separator = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text), delimiter=separator, strict=True)
    reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or ()]
    rows = list(reader)
    if any(None in row for row in rows):
        raise ValueError("a row has more columns than the first row names")
    return rows


def _from_json(text: str) -> list[dict[str, Any]]:
    rows = json.loads(text)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("a list of objects is needed, each with a file")
    return rows


def _row(fields: Mapping[str, Any]) -> Row:
    unknown = [str(name) for name in fields if name not in COLUMNS]
    if unknown or not fields.get("file"):
        what = f"'{harmless(unknown[0])}' is not a column" if unknown else "a row names no file"
        raise FormatError("rights-file-broken", f"In the rights file {what}; the columns are {', '.join(COLUMNS)}.")
    shows = fields.get("shows") or ()
    names = tuple(str(each) for each in shows) if isinstance(shows, list) else split_shows(str(shows or ""))
    texts = {name: harmless(str(fields.get(name) or "")) for name in RIGHTS}
    return Row(str(fields["file"]).strip(), harmless(str(fields.get("title") or "")), Rights(**texts, shows=checked_shows(names)))


def split_shows(text: str) -> tuple[str, ...]:
    """Names with spaces, commas or semicolons between them."""
    return tuple(name for name in re.split(r"[\s,;]+", text) if name)


def checked_shows(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, each once. Raises FormatError ("show-name")."""
    for name in names:
        if not _SHOW.fullmatch(name):
            raise FormatError("show-name", f"'{harmless(name)[:80]}' cannot name a show; use small letters, digits, - and _.")
    return tuple(dict.fromkeys(names))
