"""A recipe's second look: read and written, its keys in between, and nothing of it where there is none."""

from __future__ import annotations

import hashlib

import pytest

from shot_format.codec import from_json, to_json
from shot_format.errors import FormatError
from shot_format.messages import Blend, BlendKey, Recipe

OLD = '{"look":"oil@1","seed":7,"width":640,"height":360,"first":1001,"last":1096,"stroke_scale":1.0,"accumulation":0.0,"memory":true}'


def read(text: str) -> Recipe:
    return from_json(Recipe, text, 1 << 16, "recipe")


def test_a_recipe_without_a_blend_is_written_as_ever() -> None:
    recipe = Recipe("oil@1", 7, 640, 360, 1001, 1096)
    assert to_json(recipe) == OLD and read(OLD) == recipe
    assert hashlib.sha256(to_json(recipe).encode()).hexdigest() == "5eea78802b86a6dd3774a97f18d3c3ea3c2d0e5b71704defdc8c48203b0745c4"


def test_a_blend_goes_there_and_back() -> None:
    recipe = Recipe("oil", blend=Blend("show/ink@3", (BlendKey(1001, 0.0), BlendKey(1048, 1.0)), "ab" * 32, "cd" * 32))
    assert read(to_json(recipe)) == recipe


@pytest.mark.parametrize("blend", ['{"look":"ink"}', '{"look":"ink","keys":[]}', '{"look":"../x","keys":[{"frame":1,"weight":0.5}]}',
                                   '{"look":"ink","keys":[{"frame":1,"weight":1.5}]}', '{"look":"ink","keys":[{"frame":1}]}'])  # fmt: skip
def test_what_is_no_blend_is_refused(blend: str) -> None:
    with pytest.raises(FormatError):
        read(f'{{"look":"oil","blend":{blend}}}')


def test_the_weight_goes_evenly_from_key_to_key_and_stays_beyond_them() -> None:
    blend = Blend("ink", (BlendKey(10, 0.1), BlendKey(20, 0.7), BlendKey(21, 0.3)))
    assert [blend.weight(frame) for frame in (-5, 10, 20, 21, 99)] == [0.1, 0.1, 0.7, 0.3, 0.3]
    assert blend.weight(15) == pytest.approx(0.4) and blend.weight(12) == pytest.approx(0.22)
    assert {Blend("ink", (BlendKey(10, 0.5),)).weight(frame) for frame in (1, 10, 11)} == {0.5}
