"""A job with a colour script: taken whole, its keys in order, and answered with the script that was asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from maya_plugin.client.jobs import _filled_in, content_key
from render_server.jobs.queue import Looks, fill_in
from shot_format.codec import encode
from shot_format.errors import FormatError, LimitError
from shot_format.messages import ColourKey, JobRequest, LookInfo, Recipe
from tests.server.harness import make_shot

OIL = LookInfo("oil", 1, "Oil", "", "ab" * 32, "cd" * 32)
LOOKS = Looks(lambda name: OIL, lambda name: None)
KEYS = (ColourKey("cube", 1, "#806040", "#4060a0"), ColourKey("cube", 3, "#806040", "#806040"), ColourKey("tree", 1, "#000000", "#ffffff"))


def filled(*keys: ColourKey) -> Recipe:
    shot = make_shot(3).shot
    return fill_in(JobRequest(shot.id, Recipe("oil", colours=keys or None)), shot, LOOKS)


def test_a_script_is_taken_as_it_is() -> None:
    assert filled(*KEYS).colours == KEYS and filled().colours is None
    again = JobRequest("shot", filled(*KEYS), again=True)
    assert fill_in(again, make_shot(3).shot, LOOKS) == again.recipe


def test_keys_out_of_order_and_too_much_are_refused() -> None:
    for keys in (KEYS[::-1], (KEYS[0], KEYS[0]), (KEYS[1], KEYS[0])):
        with pytest.raises(FormatError, match="colours-keys"):
            filled(*keys)
    with pytest.raises(LimitError, match="colours-large"):
        filled(*(replace(KEYS[0], object=f"{n}" + "x" * 1000) for n in range(10, 50)))


def test_a_client_takes_no_other_script_than_its_own() -> None:
    taken = filled(*KEYS)
    for asked, right in ((KEYS, True), (KEYS[:1], False), (None, False)):
        assert _filled_in(encode(Recipe("oil", colours=asked)), encode(taken)) is right
    assert not _filled_in(encode(Recipe("oil", colours=KEYS)), encode(filled()))
    assert content_key("shot", Recipe("oil", colours=KEYS), (OIL,)) != content_key("shot", Recipe("oil"), (OIL,))
