"""What keeps shows apart: a show's token names its own things alone, by names that mean nothing outside the show.

In the ledger a show's shots and idempotency keys stand as SHOW+NAME, and its blobs lie in a folder of its own: so two shows may use the
same names, and the same bytes, without either learning of the other. None is no show: the server's own token, which every job is open to.
"""

from __future__ import annotations

from sqlalchemy import Column, ColumnElement, not_

SHOW = "[a-z0-9][a-z0-9_-]{0,63}"
_BETWEEN = "+"  # stands in no id and no key


def inside(show: str | None, name: str) -> str:
    """A show's name of something, as the ledger has it."""
    return name if show is None else f"{show}{_BETWEEN}{name}"


def outside(key: str) -> str:
    """The name as its show knows it."""
    return key.rpartition(_BETWEEN)[2]


def show_of(key: str) -> str | None:
    """The show that a name in the ledger belongs to."""
    return key.rpartition(_BETWEEN)[0] or None


def belongs(column: Column[str], show: str | None) -> ColumnElement[bool]:
    """The condition that names in the ledger belong to this show, or to none."""
    return not_(column.contains(_BETWEEN)) if show is None else column.startswith(f"{show}{_BETWEEN}", autoescape=True)
