"""What Maya's commands accept, by Maya version, from PyMEL's published tables; used at run time and to check source without running it."""

from __future__ import annotations

import ast
import functools
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

TABLES = Path(__file__).parent / "tables" / "commands.json.gz"
VERSIONS = ("2023", "2024", "2025")
_KINDS: dict[str, tuple[type, ...]] = {
    "bool": (bool, int),
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "PyNode": (str,),
    "time": (int, float),
    "timerange": (tuple,),
    "floatrange": (tuple,),
}


class Flag(NamedTuple):
    """short: its short name; modes: letters of create, query, edit, multiuse, none where the tables are silent; kinds: its arguments'."""

    short: str
    modes: str
    count: int
    kinds: tuple[str, ...]


@functools.cache
def commands(version: str) -> dict[str, dict[str, Flag]]:
    """Every known command of a Maya version with its flags."""
    table = json.loads(gzip.decompress(TABLES.read_bytes()))[version]
    return {
        command: {name: Flag(short, modes, count, tuple(kinds)) for name, (short, modes, count, kinds) in flags.items()}
        for command, flags in table.items()
    }


def check_call(version: str, command: str, given: dict[str, Any]) -> str:
    """Check a call's flags and give its mode, "create", "query" or "edit". Raises AttributeError or TypeError as Maya does."""
    known = commands(version)
    if command not in known:
        raise AttributeError(f"module 'maya.cmds' has no attribute '{command}'")
    mode = _mode(command, known[command], given)
    for name, value in given.items():
        if name in ("query", "edit") and known[command].get(name, Flag("", "", 0, ())).count == 0:
            continue
        flag = known[command].get(name)
        if flag is None:
            raise TypeError(f"Invalid flag '{name}'")
        if not _allows(known[command], flag, mode):
            raise TypeError(f"{command}: flag '{name}' cannot be used in {mode} mode")
        if not (mode == "query" and isinstance(value, bool)):
            _check_value(command, name, flag, value)
    return mode


def _allows(flags: dict[str, Flag], flag: Flag, mode: str) -> bool:
    """Whether a flag may be used in a mode; where no flag of a command is marked for creating, the tables are silent about that mode."""
    if mode == "create" and not any("c" in each.modes for each in flags.values()):
        return True
    return not flag.modes.strip("m") or mode[0] in flag.modes


def _mode(command: str, flags: dict[str, Flag], given: dict[str, Any]) -> str:
    chosen = [mode for mode in ("query", "edit") if given.get(mode) and mode in flags]
    for mode in ("query", "edit"):
        if given.get(mode) and mode not in flags:
            raise TypeError(f"Invalid flag '{mode}'")
    if len(chosen) == 2:
        raise TypeError(f"{command}: query and edit exclude each other")
    return chosen[0] if chosen else "create"


def _check_value(command: str, name: str, flag: Flag, value: Any) -> None:
    if "script" in flag.kinds and (callable(value) or isinstance(value, str)):
        return
    one = _fits_all if flag.count > 1 else _fits
    if one(flag, value) or ("m" in flag.modes and isinstance(value, (list, tuple)) and all(one(flag, each) for each in value)):
        return
    raise TypeError(f"{command}: flag '{name}' takes {flag.count or 'no'} argument(s) of {', '.join(flag.kinds)}, not {value!r}")


def _fits(flag: Flag, value: Any) -> bool:
    kinds = _KINDS.get(flag.kinds[0] if flag.kinds else "bool", (object,))
    return isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))


def _fits_all(flag: Flag, value: Any) -> bool:
    if not isinstance(value, (list, tuple)) or len(value) != flag.count:
        return False
    return all(isinstance(each, _KINDS.get(kind, (object,))) for each, kind in zip(value, flag.kinds))


class Finding(NamedTuple):
    """A call in a source file that a Maya version does not accept."""

    line: int
    version: str
    what: str


def check_source(text: str, versions: tuple[str, ...] = VERSIONS) -> Iterator[Finding]:
    """Find calls of `cmds.…` whose command, flags, modes or literal values some Maya version refuses."""
    for node in ast.walk(ast.parse(text)):
        if not (isinstance(node, ast.Call) and _is_command(node.func)):
            continue
        given = {word.arg: _literal(word.value) for word in node.keywords if word.arg}
        unknown = {name for name, value in given.items() if value is _UNKNOWN}
        for version in versions:
            try:
                _check_written(version, node.func.attr, given, unknown)  # type: ignore[attr-defined]
            except (AttributeError, TypeError) as error:
                yield Finding(node.lineno, version, str(error))


_UNKNOWN = object()


def _is_command(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "cmds"


def _literal(value: ast.expr) -> Any:
    try:
        return ast.literal_eval(value)
    except ValueError:
        return _UNKNOWN


def _check_written(version: str, command: str, given: dict[str, Any], unknown: set[str]) -> None:
    """Check what can be known without running: names and modes of all flags, values of those that are literal."""
    check_call(version, command, {name: value for name, value in given.items() if name not in unknown})
    flags, mode = commands(version)[command], _mode(command, commands(version)[command], given)
    for name in unknown:
        if name not in flags:
            raise TypeError(f"Invalid flag '{name}'")
        if not _allows(flags, flags[name], mode):
            raise TypeError(f"{command}: flag '{name}' cannot be used in {mode} mode")
