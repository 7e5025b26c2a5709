"""The JSON Schema (draft 2020-12) of the format, made from the dataclasses: `python -m shot_format.schema` prints it."""

from __future__ import annotations

import dataclasses
import json
import typing
from typing import Any, Union

from shot_format.codec import encode, split_rules, type_hints
from shot_format.shot import ShotFile

_SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean"}


def json_schema(root: type = ShotFile) -> dict[str, Any]:
    """Describe a dataclass, and all that it holds, as a JSON Schema."""
    definitions: dict[str, Any] = {}
    top = _of_type(root, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Paintover {root.__name__}, format version 1",
        **top,
        "$defs": dict(sorted(definitions.items())),
    }


def _of_type(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    hint, wanted = split_rules(hint)
    origin = typing.get_origin(hint)
    if origin is Union:
        inner = next(a for a in typing.get_args(hint) if a is not type(None))
        return {"anyOf": [_of_type(inner, definitions), {"type": "null"}]}
    if origin is tuple:
        return {**_of_tuple(typing.get_args(hint), definitions), **wanted}
    if dataclasses.is_dataclass(hint):
        return _of_dataclass(typing.cast(type, hint), definitions)
    if "pattern" in wanted:
        wanted["pattern"] = f"^(?:{wanted['pattern']})$"
    return {"type": _SCALARS[hint], **encode(wanted)}


def _of_tuple(args: tuple[Any, ...], definitions: dict[str, Any]) -> dict[str, Any]:
    if len(args) == 2 and args[1] is Ellipsis:
        return {"type": "array", "items": _of_type(args[0], definitions)}
    kinds = [_of_type(arg, definitions) for arg in args]
    if all(kind == kinds[0] for kind in kinds):
        return {"type": "array", "items": kinds[0], "minItems": len(args), "maxItems": len(args)}
    return {"type": "array", "prefixItems": kinds, "items": False, "minItems": len(args), "maxItems": len(args)}


def _of_dataclass(cls: type, definitions: dict[str, Any]) -> dict[str, Any]:
    if cls.__name__ not in definitions:
        definitions[cls.__name__] = {}  # a placeholder, should a type ever hold itself
        definitions[cls.__name__] = _describe(cls, definitions)
    return {"$ref": f"#/$defs/{cls.__name__}"}


def _describe(cls: type, definitions: dict[str, Any]) -> dict[str, Any]:
    hints = type_hints(cls)
    properties, required = {}, []
    for field in dataclasses.fields(cls):
        properties[field.name] = _of_type(hints[field.name], definitions)
        if field.default is dataclasses.MISSING:
            required.append(field.name)
        elif field.default is not None:
            properties[field.name]["default"] = encode(field.default)
    lines = (cls.__doc__ or "").strip().split("\n")
    return {
        "type": "object",
        "description": lines[0],
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


if __name__ == "__main__":
    print(json.dumps(json_schema(), indent=2))
