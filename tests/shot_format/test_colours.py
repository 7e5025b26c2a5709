"""A recipe's colour script: read and written, refused where it is none, and nothing of it where there is none."""

from __future__ import annotations

import pytest

from shot_format.codec import from_json, to_json
from shot_format.errors import FormatError
from shot_format.limits import MAX_COLOUR_KEYS
from shot_format.messages import ColourKey, Recipe

KEY = '{"object":"rug","frame":1,"given":"#000000","wanted":"#ffffff"}'


def read(text: str) -> Recipe:
    return from_json(Recipe, text, 1 << 20, "recipe")


def test_a_script_goes_there_and_back() -> None:
    recipe = Recipe("oil", colours=(ColourKey("|room|rug", 1001, "#e48372", "#2a6f7c"), ColourKey("|room|rug", 1048, "#e48372", "#e48372")))
    assert read(to_json(recipe)) == recipe
    assert "colours" not in to_json(Recipe("oil"))  # so the text and the hash of every older recipe stay: see test_blend


@pytest.mark.parametrize(
    "keys",
    [
        "",
        ",".join([KEY] * (MAX_COLOUR_KEYS + 1)),
        KEY.replace("#ffffff", "#fffff"),
        KEY.replace("#ffffff", "#FFFFFF"),
        KEY.replace("#ffffff", "white"),
        KEY.replace('"frame":1,', ""),
        KEY.replace('"frame":1', '"frame":1.5'),
        KEY.replace("given", "is"),
    ],
)
def test_what_is_no_script_is_refused(keys: str) -> None:
    with pytest.raises(FormatError):
        read(f'{{"look":"oil","colours":[{keys}]}}')
