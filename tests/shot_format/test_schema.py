"""The schema says what the codec does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shot_format.codec import decode, encode
from shot_format.errors import FormatError
from shot_format.messages import Event, Job, JobRequest
from shot_format.schema import json_schema
from shot_format.shot import Frame, Shot, ShotFile
from tests.shot_format.strategies import mutated, values

jsonschema = pytest.importorskip("jsonschema")

ROOTS = (ShotFile, Shot, Frame, JobRequest, Job, Event)


def test_it_is_a_schema() -> None:
    for root in ROOTS:
        jsonschema.Draft202012Validator.check_schema(json_schema(root))


@pytest.mark.parametrize("root", ROOTS, ids=lambda root: root.__name__)
def test_schema_and_codec_agree(root: type) -> None:
    validator = _validator(json_schema(root))

    @settings(max_examples=8 if root is ShotFile else 15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def check(data: st.DataObject) -> None:
        plain = json.loads(json.dumps(encode(data.draw(values(root)))))
        assert validator.is_valid(plain)
        changed = json.loads(json.dumps(data.draw(mutated(plain))))
        if not _beyond_schemas(changed):
            assert validator.is_valid(changed) == _is_read(root, changed)

    check()


def _validator(schema: dict[str, Any]) -> Any:
    """Patterns are meant as ECMA means them, where $ is the very end; whole floats are no integers here."""

    def pattern(_validator: object, wanted: str, instance: object, _schema: object) -> Any:
        if isinstance(instance, str) and not re.search(wanted.replace("$", r"\Z"), instance):
            yield jsonschema.ValidationError("pattern")

    checker = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
    return jsonschema.validators.extend(jsonschema.Draft202012Validator, {"pattern": pattern}, type_checker=checker)(schema)


def _beyond_schemas(data: Any) -> bool:
    """Half characters, and numbers that no float holds: JSON Schema has no word for either."""
    if isinstance(data, dict):
        return any(map(_beyond_schemas, data.values()))
    if isinstance(data, list):
        return any(map(_beyond_schemas, data))
    return data == "\ud800" or (isinstance(data, int) and abs(data) > 10**300)


def _is_read(root: type, data: Any) -> bool:
    try:
        decode(root, data, "value")
    except FormatError:
        return False
    return True


def test_every_field_is_described() -> None:
    schema = json_schema()
    assert schema["$ref"] == "#/$defs/ShotFile"
    assert all(each["additionalProperties"] is False and each["description"].endswith(".") for each in schema["$defs"].values())


def test_the_command_prints_it() -> None:
    printed = subprocess.run([sys.executable, "-m", "shot_format.schema"], capture_output=True, check=True, timeout=60).stdout
    assert json.loads(printed) == json.loads(json.dumps(json_schema()))
