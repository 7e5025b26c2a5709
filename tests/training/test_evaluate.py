"""What is painted beside a shot to be compared with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from render_server.looks.registry import OWN_LOOKS, Look, list_looks
from render_server.training.evaluate import SOURCE, ablations, learned_from
from render_server.training.painters import PAINTERS
from shot_format.messages import Recipe

LOOKS = list_looks([OWN_LOOKS])


def test_one_thing_is_taken_away_at_a_time() -> None:
    recipe = Recipe("oil", seed=3, accumulation=0.4)
    assert ablations(recipe) == {"memoryless": replace(recipe, memory=False), "unaccumulated": replace(recipe, accumulation=0.0)}


def test_what_is_not_there_cannot_be_taken_away() -> None:
    assert set(ablations(Recipe("oil"))) == {"memoryless"}


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.key)
def test_every_shipped_look_has_its_painter(look: Look) -> None:
    assert learned_from(look) == look.name and look.name in PAINTERS


def test_a_look_that_learned_from_art_has_no_painter() -> None:
    taught = LOOKS[0]
    assert learned_from(replace(taught, lineage=({"source": "concept art"},))) is None
    assert learned_from(replace(taught, name="noir", lineage=({"source": SOURCE},))) is None
