"""Strict JSON for frozen dataclasses: what is not declared is refused, and every error names the place.

A field's rules (range, pattern, length) stand in its type, as `Annotated[int, rules(minimum=1)]` with the keywords of JSON Schema, so
that decoding and the schema (schema.py) read the same rules.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import itertools
import json
import math
import re
import typing
from collections.abc import Callable, Iterable
from typing import Annotated, Any, NoReturn, Optional, TypeVar, Union

from shot_format.errors import FormatError, LimitError
from shot_format.limits import MAX_JSON_DEPTH

T = TypeVar("T")

Rules = dict[str, Any]
Reader = Callable[[Any], Any]

_TOKENS = re.compile(r'\\.|["\[\]{}]', re.DOTALL)  # never backtracks: hostile text costs no more than other text
_HALF = re.compile("[\ud800-\udfff]")  # half a character: a surrogate, which no UTF-8 can hold
_PLAIN = frozenset((str, int, float, bool))
_KINDS = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}


def rules(**keywords: Any) -> tuple[tuple[str, Any], ...]:
    """State what a field must obey, in JSON Schema's own keywords: minimum, exclusiveMinimum, pattern, maxLength, enum, maxItems…"""
    return tuple(keywords.items())  # hashable: Python 3.9 hashes what stands inside Optional


def encode(value: Any) -> Any:
    """Turn a dataclass into plain JSON values; fields that are None are left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = ((name, getattr(value, name)) for name in _field_names(type(value)))
        return {name: encode(item) for name, item in pairs if item is not None}
    if isinstance(value, (list, tuple)):
        return list(value) if _PLAIN.issuperset(map(type, value)) else [encode(item) for item in value]
    if isinstance(value, dict):
        return {key: encode(item) for key, item in value.items()}
    return value


@functools.cache
def _field_names(cls: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(cls))


def to_json(value: Any, indent: Optional[int] = None) -> str:
    """Write a dataclass as JSON text, always the same text for the same value. Raises FormatError ("field-value")."""
    separators = (",", ": ") if indent else (",", ":")
    try:
        text = json.dumps(encode(value), ensure_ascii=False, allow_nan=False, indent=indent, separators=separators)
    except ValueError:
        raise FormatError("field-value", f"{type(value).__name__}: a number is not finite.") from None
    if not text.isascii() and _HALF.search(text):
        raise FormatError("field-value", f"{type(value).__name__}: a text holds half a character.")
    return text


def from_json(cls: type[T], data: Union[str, bytes], limit: int, where: str) -> T:
    """Read JSON text into a dataclass.

    where: what the text is, for messages. Raises FormatError ("json-broken", "field-…") or LimitError ("json-too-large").
    """
    return decode(cls, parse(data, limit, where), where)


def parse(data: Union[str, bytes], limit: int, where: str) -> Any:
    """Parse JSON text strictly: UTF-8, no duplicate keys, no NaN, no deep nesting.

    Raises FormatError ("json-broken", "field-double") or LimitError ("json-too-large", "json-too-deep").
    """
    if len(data) > limit:
        raise LimitError("json-too-large", f"{where} has {len(data)} bytes; at most {limit} are read.")
    try:
        raw = data.decode("utf-8") if isinstance(data, bytes) else data
        _check_depth(raw, where)
        return json.loads(raw, object_pairs_hook=lambda pairs: _no_doubles(pairs, where), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise FormatError("json-broken", f"{where} is not JSON: {error}.") from None


def _check_depth(raw: str, where: str) -> None:
    depth, inside = 0, False
    for token in _TOKENS.finditer(raw):
        kind = token.group()
        if kind == '"':
            inside = not inside
        elif not inside:
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(kind, 0)
            if depth > MAX_JSON_DEPTH:
                raise LimitError("json-too-deep", f"{where} is nested more than {MAX_JSON_DEPTH} levels deep.")


def _no_doubles(pairs: list[tuple[str, Any]], where: str) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        double = collections.Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise FormatError("field-double", f"{where} holds '{_shown(double)}' twice in one object.")
    return result


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON number")


class _Refusal(Exception):
    """What is wrong, and where: the path grows on the way up, so that what is right pays nothing for it."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(code, what)
        self.code, self.what, self.path = code, what, ""


def decode(cls: type[T], data: Any, where: str) -> T:
    """Build a dataclass from plain JSON values, refusing what is not declared.

    Raises FormatError: "field-unknown", "field-missing", "field-type", "field-value".
    """
    try:
        return typing.cast(T, _reader(typing.cast(Any, cls))(data))
    except _Refusal as refusal:
        raise FormatError(refusal.code, f"{where}{refusal.path}: {refusal.what}.") from None


@functools.cache  # resolving annotations costs more than all the rest of decoding
def type_hints(cls: type) -> dict[str, Any]:
    """Give a dataclass's field types with their rules."""
    return typing.get_type_hints(cls, include_extras=True)


def split_rules(hint: Any) -> tuple[Any, Rules]:
    """Take `Annotated[type, rules]` apart; a plain type has no rules."""
    if typing.get_origin(hint) is Annotated:
        return typing.get_args(hint)[0], dict(hint.__metadata__[0])
    return hint, {}


@functools.cache  # one reader a type: what its rules are is found out once
def _reader(hint: Any) -> Reader:
    hint, wanted = split_rules(hint)
    origin = typing.get_origin(hint)
    if origin is Union:  # only Optional is used
        inner = _reader(next(a for a in typing.get_args(hint) if a is not type(None)))
        return lambda data: None if data is None else inner(data)
    if origin is tuple:
        return _sequence_reader(typing.get_args(hint), wanted)
    if origin is dict:
        return functools.partial(_read_table, _reader(typing.get_args(hint)[1]))
    if dataclasses.is_dataclass(hint):
        return _object_reader(typing.cast(type, hint))
    return _scalar_reader(hint, wanted)


def _object_reader(cls: type) -> Reader:
    hints = type_hints(cls)
    readers = {field.name: _reader(hints[field.name]) for field in dataclasses.fields(cls)}
    needed = [f.name for f in dataclasses.fields(cls) if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING]

    def read(data: Any) -> Any:
        _check_object(data)
        if not data.keys() <= readers.keys():
            unknown = min(data.keys() - readers.keys())
            raise _Refusal("field-unknown", f"'{_shown(unknown)}' is not a field; known are {', '.join(sorted(readers))}")
        for name in needed:
            if name not in data:
                raise _Refusal("field-missing", f"the field '{name}' is missing")
        return cls(**_read_items(data, readers.__getitem__))

    return read


def _read_table(inner: Reader, data: Any) -> dict[str, Any]:
    _check_object(data)
    return _read_items(data, lambda name: inner)


def _check_object(data: Any) -> None:
    if type(data) is not dict:
        raise _Refusal("field-type", f"an object is needed, not {_kind(data)}")


def _read_items(data: dict[str, Any], reader_of: Callable[[str], Reader]) -> dict[str, Any]:
    values, name = {}, ""
    try:
        for name, item in data.items():
            values[name] = reader_of(name)(item)
    except _Refusal as refusal:
        refusal.path = f".{_shown(name)}{refusal.path}"
        raise
    return values


def _sequence_reader(args: tuple[Any, ...], wanted: Rules) -> Reader:
    """Read lists of one kind of thing, or of a fixed row of kinds."""
    if len(args) == 2 and args[1] is Ellipsis:
        low, high = wanted.get("minItems", 0), wanted.get("maxItems", math.inf)
        readers: Iterable[Reader] = itertools.repeat(_reader(args[0]))
    else:
        low = high = len(args)
        readers = tuple(map(_reader, args))
    floats = set(args) == {float}

    def read(data: Any) -> tuple[Any, ...]:
        if type(data) is not list:
            raise _Refusal("field-type", f"a list is needed, not {_kind(data)}")
        if not low <= len(data) <= high:
            raise _Refusal("field-value", f"{_count(low, high)} items are needed, not {len(data)}")
        if floats and set(map(type, data)) == {float} and all(map(math.isfinite, data)):
            return tuple(data)  # matrices are most of what a frame holds
        return _read_list(data, readers)

    return read


def _read_list(data: list[Any], readers: Iterable[Reader]) -> tuple[Any, ...]:
    values: list[Any] = []
    try:
        for reader, item in zip(readers, data):
            values.append(reader(item))
    except _Refusal as refusal:
        refusal.path = f"[{len(values)}]{refusal.path}"
        raise
    return tuple(values)


def _count(low: int, high: float) -> str:
    return f"{low}" if low == high else f"{low} to {'any number of' if high == math.inf else high}"


def _scalar_reader(hint: type, wanted: Rules) -> Reader:
    checks: dict[type, Callable[[Any, Rules], None]] = {int: _check_number, float: _check_number, str: _check_text}
    check = checks.get(hint)

    def read(data: Any) -> Any:
        if hint is float and type(data) is int:
            data = _as_float(data)
        if type(data) is not hint:
            raise _Refusal("field-type", f"{_KINDS[hint]} is needed, not {_kind(data)}")
        if check is not None:
            check(data, wanted)
        return data

    return read


def _as_float(data: int) -> float:
    try:
        return float(data)
    except OverflowError:
        raise _Refusal("field-value", "the number is too large") from None


def _check_number(data: float, wanted: Rules) -> None:
    if type(data) is float and not math.isfinite(data):
        raise _Refusal("field-value", "the number is not finite")
    if "minimum" in wanted and data < wanted["minimum"]:
        raise _Refusal("field-value", f"{_shown(str(data))} is below {wanted['minimum']}")
    if "maximum" in wanted and data > wanted["maximum"]:
        raise _Refusal("field-value", f"{_shown(str(data))} is above {wanted['maximum']}")
    if "exclusiveMinimum" in wanted and data <= wanted["exclusiveMinimum"]:
        raise _Refusal("field-value", f"{_shown(str(data))} must be above {wanted['exclusiveMinimum']}")


def _check_text(data: str, wanted: Rules) -> None:
    if not data.isascii() and _HALF.search(data):
        raise _Refusal("field-value", "the text holds half a character")
    if "enum" in wanted and data not in wanted["enum"]:
        raise _Refusal("field-value", f"'{_shown(data)}' is none of {', '.join(wanted['enum'])}")
    if "maxLength" in wanted and len(data) > wanted["maxLength"]:
        raise _Refusal("field-value", f"the text has {len(data)} characters; at most {wanted['maxLength']} are allowed")
    if "pattern" in wanted and not re.fullmatch(wanted["pattern"], data):
        raise _Refusal("field-value", f"'{_shown(data)}' does not match {wanted['pattern']}")


def _kind(data: Any) -> str:
    names = {dict: "an object", list: "a list", type(None): "null", **_KINDS}
    return names.get(type(data), type(data).__name__)


def _shown(word: str) -> str:
    """Make foreign text safe and short enough for a message."""
    return "".join(c if c.isprintable() else "?" for c in word[:60])
