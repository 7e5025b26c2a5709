"""What looks are held to, and the page of tables that says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from render_server.quality.checks import Check, checks
from render_server.quality.figures import ArtFigures, Figures, VideoFigures
from render_server.quality.index import Entry, index, write_index
from render_server.quality.measured import Measured, keep, kept
from render_server.quality.table import BEGIN, END, picture_name, tables, write_tables
from shot_format.errors import FormatError, StorageError

FRAMES = 48


def video(warp: float = 0.01, structure: float = 0.7, sharpness: float = 0.05, palette: float = 0.1, texture: float = 0.4) -> VideoFigures:
    steady = (warp,) * FRAMES
    return VideoFigures(
        (None, *steady[1:]), (None,) * FRAMES, (None,) * FRAMES, *((v,) * FRAMES for v in (structure, sharpness, palette, texture))
    )


GOOD = Figures(
    tuple(range(1001, 1001 + FRAMES)),
    512,
    288,
    painted=video(warp=0.008, sharpness=0.045, palette=0.03, texture=0.18),
    blocking=video(palette=0.1, texture=0.4),
    memoryless=video(warp=0.0125),
    target=video(warp=0.01, sharpness=0.06),
    art=ArtFigures(6, 0.06, 0.01, 0.05),
)


def by_name(figures: Figures) -> dict[str, Check]:
    return {check.name: check for check in checks(figures)}


def test_a_good_look_passes_everything() -> None:
    assert all(check.passed for check in checks(GOOD))
    found = by_name(GOOD)
    assert found["palette distance"].value == pytest.approx(0.3) and found["palette distance"].wanted == "≤ 0.35"
    assert found["sharpness, of the target's"].value == pytest.approx(0.75)
    assert found["warp error, of the memoryless run's"].shown == "0.64 (0.0080 to 0.0125)"


@pytest.mark.parametrize(
    ("change", "missed"),
    [
        ({"palette": 0.036}, "palette distance"),
        ({"texture": 0.21}, "texture distance"),
        ({"sharpness": 0.038}, "sharpness, of the target's"),
        ({"structure": 0.59}, "structure"),
    ],
)
def test_each_figure_has_its_threshold(change: dict[str, float], missed: str) -> None:
    given = {"warp": 0.008, "sharpness": 0.045, "palette": 0.03, "texture": 0.18} | change
    failed = [check.name for check in checks(replace(GOOD, painted=video(**given))) if not check.passed]
    assert failed == [missed]


def test_warp_error_is_held_against_both() -> None:
    found = by_name(replace(GOOD, painted=video(warp=0.0102, sharpness=0.045, palette=0.03, texture=0.18)))
    assert found["warp error, of the memoryless run's"].passed is False
    assert found["warp error, of the target's"].passed is False


def test_ratios_are_of_the_same_frames() -> None:
    """The memoryless run is there at every other frame only, and those are the painting's steadier ones."""
    odd = tuple(0.006 if i % 2 else 0.02 for i in range(FRAMES))
    some = tuple(0.01 if i % 2 else None for i in range(FRAMES))
    figures = replace(GOOD, painted=replace(GOOD.painted, warp_error=odd), memoryless=replace(video(), warp_error=some))
    assert by_name(figures)["warp error, of the memoryless run's"].value == pytest.approx(0.6)


@pytest.mark.parametrize(("last", "passed"), [(0.045 * 0.89, False), (0.045 * 0.91, True), (0.045 * 1.11, False)])
def test_drift_counts_in_both_directions(last: float, passed: bool) -> None:
    fading = replace(GOOD.painted, sharpness=(0.045,) * 24 + (last,) * 24)
    assert by_name(replace(GOOD, painted=fading))["sharpness, end beside beginning"].passed is passed


def test_what_was_not_measured_neither_passes_nor_fails() -> None:
    found = by_name(replace(GOOD, target=None, memoryless=None))
    assert {name for name, check in found.items() if check.passed is None} == {
        "sharpness, of the target's",
        "warp error, of the memoryless run's",
        "warp error, of the target's",
    }


def measured(look: str = "oil@1", shot: str = "demo", figures: Figures = GOOD) -> Measured:
    return Measured(
        "key", look, look.split("@")[0].title(), shot, FRAMES, (512, 288), 8, "ab" * 32, "a machine, 2 cores", "2026-11-21", 12.5,
        checks(figures), (("warp error, and the blocking's", "0.0080 and 0.0100"),), {"48": 900.0}, {"painted": {"warp_error": 0.008}},
    )  # fmt: skip


def test_what_was_measured_can_be_read_again(tmp_path: Path) -> None:
    keep(tmp_path, measured())
    assert kept(tmp_path, "key") == measured()
    assert kept(tmp_path, "another") is None
    assert kept(tmp_path / "nowhere", "key") is None
    (tmp_path / "measured.json").write_text('{"key": "key"}')
    assert kept(tmp_path, "key") is None


def test_the_tables_say_yes_and_no() -> None:
    text = tables([measured(), measured(shot="jump", figures=replace(GOOD, painted=video()))])
    assert "| `oil@1` | 9 of 9 |" in text
    assert "| palette distance | ≤ 0.35 | 0.30 | yes | 1.00 | **no** |" in text
    assert "512×288" in text and "abababababab" in text and "a machine, 2 cores; 2026-11-21" in text
    assert f"(pictures/quality/{picture_name(measured())})" in text
    widths = {line.count("|") for line in text.split("### ")[1].splitlines() if line.startswith("|")}
    assert widths == {7}


def test_a_page_keeps_what_stands_about_the_tables(tmp_path: Path) -> None:
    page = tmp_path / "quality.md"
    page.write_text(f"above\n{BEGIN}\nold\n{END}\nbelow\n", encoding="utf-8")
    for _ in range(2):
        write_tables(page, [measured()])
    text = page.read_text(encoding="utf-8")
    assert text.startswith("above\n") and text.endswith("\nbelow\n")
    assert "old" not in text and text.count("### Oil") == 1


def test_a_page_without_a_place_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "quality.md"
    page.write_text(f"{END} {BEGIN}", encoding="utf-8")
    with pytest.raises(FormatError, match="page-marks"):
        write_tables(page, [measured()])
    assert page.read_text(encoding="utf-8") == f"{END} {BEGIN}"
    with pytest.raises(StorageError):
        write_tables(tmp_path / "none.md", [measured()])


def test_the_index_leads_to_every_report(tmp_path: Path) -> None:
    entries = [Entry(f"{look}<", "demo&", f"{look}/report.html", f"{look}/sheet.png", checks(GOOD)) for look in ("oil", "ink")]
    text = write_index(tmp_path, entries).read_text(encoding="utf-8")
    assert text == index(entries)
    assert "demo&amp;" in text and "oil&lt;" in text and "<script" not in text
    assert text.count('href="oil/report.html"') == 2 and 'src="ink/sheet.png"' in text
