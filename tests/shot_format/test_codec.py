"""The codec: strict, exact both ways, and never surprised."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import Annotated, Any, Optional

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shot_format.codec import decode, encode, from_json, parse, rules, to_json
from shot_format.errors import FormatError, LimitError, PaintoverError
from shot_format.limits import MAX_JSON_DEPTH
from shot_format.messages import Event, FrameStatus, Job, JobRequest, Lease, LeasedFrames, LookInfo, Problem, ShotStatus
from shot_format.shot import IDENTITY, Camera, Frame, ShotFile
from tests.shot_format.strategies import JSON, mutated, values

LARGE = (ShotFile, Frame, LeasedFrames)
ROOTS = (*LARGE, ShotStatus, FrameStatus, JobRequest, Job, Event, Problem, LookInfo, Lease)
LIMIT = 1 << 24


@dataclass(frozen=True)
class Small:
    """One field of each kind."""

    number: Annotated[int, rules(minimum=1, maximum=9)]
    size: Annotated[float, rules(exclusiveMinimum=0)] = 1.0
    name: Annotated[str, rules(pattern="[a-z]+", maxLength=5)] = "a"
    flag: bool = False
    kind: Annotated[str, rules(enum=("x", "y"))] = "x"
    pair: tuple[float, int] = (0.0, 0)
    row: Annotated[tuple[int, ...], rules(minItems=1, maxItems=3)] = (1,)
    place: Optional[Annotated[int, rules(minimum=0)]] = None
    table: Optional[dict[str, int]] = None


@pytest.mark.parametrize("root", ROOTS, ids=lambda root: root.__name__)
def test_what_is_written_is_read_again(root: type) -> None:
    @settings(max_examples=5 if root in LARGE else 20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(values(root))
    def check(value: Any) -> None:
        text = to_json(value)
        again = from_json(root, text.encode(), LIMIT, "value")
        assert again == value and to_json(again) == text
        assert from_json(root, to_json(value, indent=1), LIMIT, "value") == value

    check()


@pytest.mark.parametrize("root", ROOTS, ids=lambda root: root.__name__)
def test_changed_values_are_read_or_refused(root: type) -> None:
    @settings(max_examples=8 if root in LARGE else 30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def check(data: st.DataObject) -> None:
        changed = data.draw(mutated(encode(data.draw(values(root)))))
        try:
            value = decode(root, changed, "value")
        except PaintoverError as error:
            assert isinstance(error, FormatError) and error.message.startswith("value") and error.message.isprintable()
        else:
            assert decode(root, encode(value), "value") == value

    check()


@settings(deadline=None)
@given(JSON | st.binary(max_size=60) | st.text(max_size=60))
def test_anything_at_all_is_read_or_refused(anything: Any) -> None:
    text = anything if isinstance(anything, (bytes, str)) else json.dumps(anything)
    try:
        from_json(Small, text, LIMIT, "small")
    except PaintoverError as error:
        assert error.message.isprintable()


REFUSED = [
    ("[]", "field-type", "small: an object is needed, not a list"),
    ("null", "field-type", "small: an object is needed, not null"),
    ("{}", "field-missing", "small: the field 'number' is missing"),
    ('{"number":1,"nmae":"a"}', "field-unknown", "small: 'nmae' is not a field; known are flag, kind, name"),
    ('{"number":1,"a\\u001b[31m":1}', "field-unknown", "'a?[31m' is not a field"),
    ('{"number":"1"}', "field-type", "small.number: a whole number is needed, not a string"),
    ('{"number":1.0}', "field-type", "small.number: a whole number is needed, not a number"),
    ('{"number":true}', "field-type", "small.number: a whole number is needed, not true or false"),
    ('{"number":null}', "field-type", "small.number: a whole number is needed, not null"),
    ('{"number":0}', "field-value", "small.number: 0 is below 1"),
    ('{"number":10}', "field-value", "small.number: 10 is above 9"),
    ('{"number":1%s}' % ("0" * 400), "field-value", "is above 9"),
    ('{"number":1,"size":0}', "field-value", "small.size: 0.0 must be above 0"),
    ('{"number":1,"size":1e999}', "field-value", "small.size: the number is not finite"),
    ('{"number":1,"size":1%s}' % ("0" * 400), "field-value", "small.size: the number is too large"),
    ('{"number":1,"name":"A"}', "field-value", "small.name: 'A' does not match"),
    ('{"number":1,"name":"a\\n"}', "field-value", "small.name: 'a?' does not match"),
    ('{"number":1,"name":"abcdef"}', "field-value", "small.name: the text has 6 characters; at most 5"),
    ('{"number":1,"name":"\\ud800"}', "field-value", "small.name: the text holds half a character"),
    ('{"number":1,"flag":0}', "field-type", "small.flag: true or false is needed, not a whole number"),
    ('{"number":1,"kind":"z"}', "field-value", "small.kind: 'z' is none of x, y"),
    ('{"number":1,"pair":[1]}', "field-value", "small.pair: 2 items are needed, not 1"),
    ('{"number":1,"pair":[1,"2"]}', "field-type", "small.pair[1]: a whole number is needed, not a string"),
    ('{"number":1,"pair":{}}', "field-type", "small.pair: a list is needed, not an object"),
    ('{"number":1,"row":[]}', "field-value", "small.row: 1 to 3 items are needed, not 0"),
    ('{"number":1,"row":[1,2,3,4]}', "field-value", "small.row: 1 to 3 items are needed, not 4"),
    ('{"number":1,"place":-1}', "field-value", "small.place: -1 is below 0"),
    ('{"number":1,"table":{"a":1,"b":"c"}}', "field-type", "small.table.b: a whole number is needed"),
    ('{"number":1,"number":2}', "field-double", "small holds 'number' twice"),
    ('{"number":1,"size":NaN}', "json-broken", "NaN is not a JSON number"),
    ('{"number":1,"size":-Infinity}', "json-broken", "-Infinity is not a JSON number"),
    ('{"number":1', "json-broken", "small is not JSON"),
    ("", "json-broken", "small is not JSON"),
    ('\ufeff{"number":1}', "json-broken", "small is not JSON"),
]


@pytest.mark.parametrize(("text", "code", "words"), REFUSED, ids=lambda value: str(value)[:40])
def test_refusals(text: str, code: str, words: str) -> None:
    for form in (text, text.encode()):
        with pytest.raises(FormatError) as caught:
            from_json(Small, form, LIMIT, "small")
        assert caught.value.code == code and words in caught.value.message and caught.value.message.endswith(".")


def test_bytes_that_are_not_utf8() -> None:
    with pytest.raises(FormatError) as caught:
        parse(b'{"a":"\xff"}', LIMIT, "small")
    assert caught.value.code == "json-broken"


def test_too_many_bytes() -> None:
    assert parse("[1]", 3, "small") == [1]
    with pytest.raises(LimitError) as caught:
        parse("[1] ", 3, "small")
    assert caught.value.code == "json-too-large"


def test_depth() -> None:
    deep = "[" * MAX_JSON_DEPTH + "]" * MAX_JSON_DEPTH
    assert parse(deep, LIMIT, "deep")
    assert parse(json.dumps(["[{" * 100, '"[', "\\"]), LIMIT, "deep")
    for text in (f"[{deep}]", "[" * 100_000, '{"a":' * 100_000, '"\\""' + "[" * 100):
        with pytest.raises(LimitError) as caught:
            parse(text, LIMIT, "deep")
        assert caught.value.code == "json-too-deep"


HOSTILE = {
    "an unclosed text of quotes": '"' + '\\"' * 100_000,
    "an unclosed text": '"' + "a" * 1_000_000,
    "many keys, one twice": "{" + ",".join(f'"{n}":1' for n in range(100_000)) + ',"7":1}',
    "a long number": "1" * 1_000_000,
    "many empty lists": "[" + "[]," * 100_000 + "1",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_costs_no_more_than_other_text(name: str) -> None:
    began = time.process_time()
    with pytest.raises(FormatError):
        from_json(Small, HOSTILE[name], LIMIT, "hostile")
    assert time.process_time() - began < 20  # with anything quadratic it would be minutes


def test_an_integer_may_stand_for_a_float_and_is_one() -> None:
    value = from_json(Small, '{"number":1,"size":3,"pair":[2,2]}', LIMIT, "small")
    assert type(value.size) is float and type(value.pair[0]) is float and type(value.pair[1]) is int


def test_none_is_left_out_and_may_be_given() -> None:
    assert "place" not in encode(Small(1))
    assert from_json(Small, '{"number":1,"place":null}', LIMIT, "small") == Small(1)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_finite_is_not_written(wrong: float) -> None:
    with pytest.raises(FormatError) as caught:
        to_json(Camera(IDENTITY[:15] + (wrong,), 1.0, 1.0, 0.0, 0.0, 0.1, 1.0))
    assert caught.value.code == "field-value"


def test_half_a_character_is_not_written() -> None:
    with pytest.raises(FormatError):
        to_json(replace(Small(1), name="\udc80"))


def test_the_text_is_always_the_same() -> None:
    assert to_json(Small(2, name="é")) == ('{"number":2,"size":1.0,"name":"é","flag":false,"kind":"x","pair":[0.0,0],"row":[1]}')
