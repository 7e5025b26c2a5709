"""A look as one file, to hand to another studio: an uncompressed tar whose every byte follows from what is in it.

The first member is the manifest: what comes after it, with size and SHA-256. The reader makes the header that it expects and compares; it
follows no path and no link that the file names, and a file that differs anywhere from what the writer would write is refused.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, BinaryIO, Optional

from render_server.looks.content import Member, check_names, check_sizes, content_sha256, members
from render_server.looks.install import BASE_NAME, CONFIG, Base, Checked, check_base, check_look, room_in, settle
from render_server.looks.registry import Look
from render_server.looks.versions import renumber
from shot_format.codec import from_json, rules, to_json
from shot_format.errors import FormatError, LimitError, MissingError
from shot_format.files import PARTIAL, storage_errors, sync_folder
from shot_format.messages import LOOK
from shot_format.shot import Sha256

SUFFIX = ".paintover"
MANIFEST = "paintover-look.json"
MAX_MANIFEST_BYTES = 256 * 1024
_TAR_BLOCK, _RECORD, _BLOCK = 512, tarfile.RECORDSIZE, 1 << 20


@dataclass(frozen=True)
class NamedBase:
    """The base that a look changes, by its hashes. members: its files, where the archive carries it."""

    name: Annotated[str, rules(pattern=BASE_NAME)]
    sha256: Sha256
    config_sha256: Sha256
    members: tuple[Member, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """What an archive holds. sha256: of the look's folder (content.py)."""

    format: Annotated[int, rules(minimum=1, maximum=1)]
    look: Annotated[str, rules(pattern=LOOK)]
    sha256: Sha256
    members: tuple[Member, ...]
    base: Optional[NamedBase] = None

    def files(self) -> Iterator[tuple[str, Member]]:
        """Every file with its name in the archive, in order."""
        for each in self.members:
            yield f"look/{each.name}", each
        for each in self.base.members if self.base else ():
            yield f"base/{each.name}", each


def export_look(folder: Path, out: Path, with_base: bool = True) -> Manifest:
    """Write a look's folder as one file; the same look gives the same bytes. with_base: carry the base too, or name it alone.

    Raises what `check_look` raises, MissingError ("look-base-missing"), StorageError.
    """
    checked = check_look(folder)
    home = checked.base.find(folder.parent) if checked.base else None
    manifest = Manifest(1, checked.look.key, checked.sha256, checked.members, _named(checked.base, home, with_base))
    temporary = out.parent / f"{PARTIAL}{secrets.token_hex(8)}"
    with storage_errors(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(temporary, "xb") as file:
                _write(file, manifest, folder, home)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, out)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(out.parent)
    return manifest


def import_look(
    source: Path, store: Path, who: str, why: str, version: int | None = None, check: Callable[[Look], None] | None = None
) -> Look:
    """Install the look in a file, once all of it was found to be right; it is there as a candidate. The same file again changes nothing.

    version: the number that it gets in place of its own; check: raises where it is not the look that was meant.
    Raises FormatError ("archive-broken", "look-…", "weights-broken"), LimitError ("look-too-large"), MissingError ("archive-missing",
    "look-base-missing"), StorageError. Nothing stays of a file that is refused.
    """
    if not source.is_file():
        raise MissingError("archive-missing", f"There is no file {source}.")
    with storage_errors(source), open(source, "rb") as file, room_in(store) as room:
        manifest = _read_manifest(file)
        for name, member in manifest.files():
            _extract(file, name, member, room)
        _check_end(file)
        checked = check_look(room / "look")
        if (checked.look.key, checked.sha256) != (manifest.look, manifest.sha256):
            raise _broken("it holds another look than it says")
        _check_named_base(manifest, checked, room, store)
        if check is not None:
            check(checked.look)
        if version is not None:
            renumber(room / "look", version)
            checked = check_look(room / "look")
        return settle(room, store, checked, who, why)


def _named(base: Base | None, home: Path | None, carried: bool) -> NamedBase | None:
    if base is None:
        return None
    if home is None:
        raise MissingError("look-base-missing", f"The base {base.name} that the look changes is not here with the right weights.")
    found = members(home)
    config = next(each.sha256 for each in found if each.name == CONFIG)
    return NamedBase(base.name, base.sha256, config, found if carried else ())


def _check_named_base(manifest: Manifest, checked: Checked, room: Path, store: Path) -> None:
    named, base = manifest.base, checked.base
    if (named and (named.name, named.sha256)) != (base and (base.name, base.sha256)):
        raise _broken("it names another base than the look changes")
    if named is None or base is None:
        return
    if named.members:
        check_base(room / "base", base)
    home = room / "base" if named.members else base.find((store / checked.look.key).parent)
    if home is not None and named.config_sha256 not in {each.sha256 for each in members(home) if each.name == CONFIG}:
        raise _broken("the base's config.json is another than it says")


def _write(file: BinaryIO, manifest: Manifest, folder: Path, home: Path | None) -> None:
    text = to_json(manifest).encode()
    file.write(_header(MANIFEST, len(text)) + text + _padding(len(text)))
    for name, member in manifest.files():
        place = folder / member.name if name.startswith("look/") or home is None else home / member.name
        file.write(_header(name, member.bytes))
        with open(place, "rb") as source:
            _copy(source, file, member)
        file.write(_padding(member.bytes))
    file.write(_end(file.tell()))


def _read_manifest(file: BinaryIO) -> Manifest:
    head = file.read(_TAR_BLOCK)
    try:
        size = tarfile.TarInfo.frombuf(head, "ascii", "strict").size
    except (tarfile.HeaderError, UnicodeDecodeError):
        raise _broken("it does not begin as one") from None
    if size > MAX_MANIFEST_BYTES:
        raise LimitError("look-too-large", f"The manifest has {size} bytes; at most {MAX_MANIFEST_BYTES} are read.")
    if head != _header(MANIFEST, size):
        raise _broken("it does not begin as one")
    text = file.read(size)
    manifest = from_json(Manifest, text, MAX_MANIFEST_BYTES, MANIFEST)
    if text != to_json(manifest).encode() or file.read(len(_padding(size))) != _padding(size):
        raise _broken("its manifest is not written as it should be")
    for group in (manifest.members, manifest.base.members if manifest.base else ()):
        check_names([each.name for each in group])
    check_sizes([each.bytes for _, each in manifest.files()])
    if content_sha256(manifest.members) != manifest.sha256:
        raise _broken("its manifest contradicts itself")
    return manifest


def _extract(file: BinaryIO, name: str, member: Member, room: Path) -> None:
    """Write one member below room; its name was checked, and is made of plain words."""
    if file.read(_TAR_BLOCK) != _header(name, member.bytes):
        raise _broken(f"{name} is not where it should be")
    place = room / name
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(place, "xb") as out:
        _copy(file, out, member)
    if file.read(len(_padding(member.bytes))) != _padding(member.bytes):
        raise _broken(f"something stands behind {name}")


def _copy(source: BinaryIO, target: BinaryIO, member: Member) -> None:
    digest, left = hashlib.sha256(), member.bytes
    while left and (block := source.read(min(left, _BLOCK))):
        digest.update(block)
        target.write(block)
        left -= len(block)
    if left or digest.hexdigest() != member.sha256:
        raise _broken(f"{member.name} has other bytes than it should")


def _check_end(file: BinaryIO) -> None:
    end = _end(file.tell())
    if file.read(len(end) + 1) != end:
        raise _broken("it does not end as one")


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o644
    return info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")


def _padding(size: int) -> bytes:
    return bytes(-size % _TAR_BLOCK)


def _end(size: int) -> bytes:
    """Two empty blocks, and as many more as make whole records."""
    return bytes(2 * _TAR_BLOCK + -(size + 2 * _TAR_BLOCK) % _RECORD)


def _broken(why: str) -> FormatError:
    return FormatError("archive-broken", f"The file is no whole look ({why}); nothing was installed. Get it again from where it came.")
