"""Strict JSON for frozen dataclasses: what is not declared is refused, and every error names the place.

A field's rules (range, pattern, length) stand in its type, as `Annotated[int, rules(minimum=1)]` with the keywords of JSON Schema, so
that decoding and the schema (schema.py) read the same rules.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import re
import typing
from typing import Annotated, Any, NoReturn, Optional, TypeVar, Union

from shot_format.errors import FormatError, LimitError
from shot_format.limits import MAX_JSON_DEPTH

T = TypeVar("T")

Rules = dict[str, Any]


def rules(**keywords: Any) -> tuple[tuple[str, Any], ...]:
    """State what a field must obey, in JSON Schema's own keywords: minimum, exclusiveMinimum, pattern, maxLength, enum, maxItems…"""
    return tuple(keywords.items())  # hashable: Python 3.9 hashes what stands inside Optional


def encode(value: Any) -> Any:
    """Turn a dataclass into plain JSON values; fields that are None are left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {name: encode(item) for name, item in pairs if item is not None}
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {key: encode(item) for key, item in value.items()}
    return value


def to_json(value: Any, indent: Optional[int] = None) -> str:
    """Write a dataclass as JSON text, always the same text for the same value."""
    separators = (",", ": ") if indent else (",", ":")
    return json.dumps(encode(value), ensure_ascii=False, allow_nan=False, indent=indent, separators=separators)


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
    depth = 0
    for bracket in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', raw):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(bracket.group(), 0)
        if depth > MAX_JSON_DEPTH:
            raise LimitError("json-too-deep", f"{where} is nested more than {MAX_JSON_DEPTH} levels deep.")


def _no_doubles(pairs: list[tuple[str, Any]], where: str) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise FormatError("field-double", f"{where} holds '{_shown(double)}' twice in one object.")
    return result


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON number")


def decode(cls: type[T], data: Any, where: str) -> T:
    """Build a dataclass from plain JSON values, refusing what is not declared.

    Raises FormatError: "field-unknown", "field-missing", "field-type", "field-value".
    """
    if not isinstance(data, dict):
        _fail("field-type", where, f"an object is needed, not {_kind(data)}")
    hints = type_hints(typing.cast(type, cls))
    fields = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    unknown = sorted(set(data) - set(fields))
    if unknown:
        _fail("field-unknown", where, f"'{_shown(unknown[0])}' is not a field; known are {', '.join(sorted(fields))}")
    values = {}
    for name, field in fields.items():
        if name in data:
            values[name] = _value(hints[name], data[name], f"{where}.{name}")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            _fail("field-missing", where, f"the field '{name}' is missing")
    return cls(**values)


@functools.cache  # resolving annotations costs more than all the rest of decoding
def type_hints(cls: type) -> dict[str, Any]:
    """Give a dataclass's field types with their rules."""
    return typing.get_type_hints(cls, include_extras=True)


def split_rules(hint: Any) -> tuple[Any, Rules]:
    """Take `Annotated[type, rules]` apart; a plain type has no rules."""
    if typing.get_origin(hint) is Annotated:
        return typing.get_args(hint)[0], dict(hint.__metadata__[0])
    return hint, {}


def _value(hint: Any, data: Any, where: str) -> Any:
    hint, wanted = split_rules(hint)
    origin = typing.get_origin(hint)
    if origin is Union:  # only Optional is used
        inner = next(a for a in typing.get_args(hint) if a is not type(None))
        return None if data is None else _value(inner, data, where)
    if origin is tuple:
        return _sequence(typing.get_args(hint), data, wanted, where)
    if origin is dict:
        return _table(typing.get_args(hint)[1], data, where)
    if dataclasses.is_dataclass(hint):
        return decode(typing.cast(type, hint), data, where)
    return _scalar(hint, data, wanted, where)


def _sequence(args: tuple[Any, ...], data: Any, wanted: Rules, where: str) -> tuple[Any, ...]:
    if not isinstance(data, list):
        _fail("field-type", where, f"a list is needed, not {_kind(data)}")
    open_ended = len(args) == 2 and args[1] is Ellipsis
    low, high = (wanted.get("minItems", 0), wanted.get("maxItems")) if open_ended else (len(args), len(args))
    if len(data) < low or (high is not None and len(data) > high):
        count = f"{low}" if low == high else f"{low} to {'any number of' if high is None else high}"
        _fail("field-value", where, f"{count} items are needed, not {len(data)}")
    hints = [args[0]] * len(data) if open_ended else args
    return tuple(_value(hint, item, f"{where}[{i}]") for i, (hint, item) in enumerate(zip(hints, data)))


def _table(hint: Any, data: Any, where: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        _fail("field-type", where, f"an object is needed, not {_kind(data)}")
    return {key: _value(hint, item, f"{where}.{_shown(key)}") for key, item in data.items()}


def _scalar(hint: Any, data: Any, wanted: Rules, where: str) -> Any:
    if hint is float and type(data) is int:
        data = _as_float(data, where)
    if type(data) is not hint:
        names = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}
        _fail("field-type", where, f"{names[hint]} is needed, not {_kind(data)}")
    if hint in (int, float):
        _check_number(data, wanted, where)
    elif hint is str:
        _check_text(data, wanted, where)
    return data


def _as_float(data: int, where: str) -> float:
    try:
        return float(data)
    except OverflowError:
        _fail("field-value", where, "the number is too large")


def _check_number(data: float, wanted: Rules, where: str) -> None:
    if not math.isfinite(data):
        _fail("field-value", where, "the number is not finite")
    if "minimum" in wanted and data < wanted["minimum"]:
        _fail("field-value", where, f"{data} is below {wanted['minimum']}")
    if "maximum" in wanted and data > wanted["maximum"]:
        _fail("field-value", where, f"{data} is above {wanted['maximum']}")
    if "exclusiveMinimum" in wanted and data <= wanted["exclusiveMinimum"]:
        _fail("field-value", where, f"{data} must be above {wanted['exclusiveMinimum']}")


def _check_text(data: str, wanted: Rules, where: str) -> None:
    if "enum" in wanted and data not in wanted["enum"]:
        _fail("field-value", where, f"'{_shown(data)}' is none of {', '.join(wanted['enum'])}")
    if "maxLength" in wanted and len(data) > wanted["maxLength"]:
        _fail("field-value", where, f"the text has {len(data)} characters; at most {wanted['maxLength']} are allowed")
    if "pattern" in wanted and not re.fullmatch(wanted["pattern"], data):
        _fail("field-value", where, f"'{_shown(data)}' does not match {wanted['pattern']}")


def _kind(data: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a string", int: "a whole number", float: "a number", bool: "true or false"}
    return "null" if data is None else names.get(type(data), type(data).__name__)


def _shown(word: str) -> str:
    """Make foreign text safe and short enough for a message."""
    return "".join(c if c.isprintable() else "?" for c in word[:60])


def _fail(code: str, where: str, what: str) -> NoReturn:
    raise FormatError(code, f"{where}: {what}.")
