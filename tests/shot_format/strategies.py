"""Hypothesis strategies, made from the dataclasses and their rules, so that none can be forgotten."""

from __future__ import annotations

import dataclasses
import math
import typing
from typing import Any, Union

from hypothesis import strategies as st

from shot_format.codec import split_rules, type_hints

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Values that a field of this type may have."""
    hint, rules = split_rules(hint)
    origin = typing.get_origin(hint)
    if origin is Union:
        inner = next(a for a in typing.get_args(hint) if a is not type(None))
        return st.none() | values(inner)
    if origin is tuple:
        return _tuples(typing.get_args(hint), rules)
    if dataclasses.is_dataclass(hint):
        hints = type_hints(typing.cast(type, hint))
        return st.builds(typing.cast(type, hint), **{f.name: values(hints[f.name]) for f in dataclasses.fields(hint)})
    return _scalars(hint, rules)


def _tuples(args: tuple[Any, ...], rules: dict[str, Any]) -> st.SearchStrategy[Any]:
    if len(args) == 2 and args[1] is Ellipsis:
        low = rules.get("minItems", 0)
        return st.lists(values(args[0]), min_size=low, max_size=max(low, 3)).map(tuple)
    return st.tuples(*map(values, args))


def _scalars(hint: Any, rules: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "enum" in rules:
        return st.sampled_from(rules["enum"])
    if "pattern" in rules:
        return st.from_regex(rules["pattern"], fullmatch=True)
    if hint is str:
        return WORDS
    if hint is bool:
        return st.booleans()
    if hint is int:
        return st.integers(rules.get("minimum"), rules.get("maximum"))
    above = rules.get("exclusiveMinimum")
    low = math.nextafter(above, math.inf) if above is not None and hasattr(math, "nextafter") else rules.get("minimum")
    return st.floats(low, rules.get("maximum"), allow_nan=False, allow_infinity=False)


@st.composite
def mutated(draw: st.DrawFn, data: Any) -> Any:
    """JSON values in which one place was changed: replaced, removed, added or doubled."""
    if isinstance(data, dict) and data and draw(st.booleans()):
        name = draw(st.sampled_from(sorted(data)))
        return {**data, name: draw(mutated(data[name]))}
    if isinstance(data, list) and data and draw(st.booleans()):
        place = draw(st.integers(0, len(data) - 1))
        return [*data[:place], draw(mutated(data[place])), *data[place + 1 :]]
    if isinstance(data, dict) and data:
        name = draw(st.sampled_from(sorted(data)))
        rest = {key: value for key, value in data.items() if key != name}
        return draw(st.sampled_from([rest, {**data, "more": 1}]) | JSON)
    if isinstance(data, list):
        return draw(st.sampled_from([data[1:], data + data, data + [None]]) | JSON)
    return draw(JSON | st.sampled_from([0, -1, 2**53, 10**400, 1e308, "", "A", "a" * 2000, "\ud800", True]))
