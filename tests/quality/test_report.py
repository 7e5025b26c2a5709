import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from render_server.quality.assess import assess
from render_server.quality.build import About, build_report
from render_server.quality.figures import Figures, latency
from render_server.quality.plots import Line, nice_ticks, plot
from render_server.quality.report import POLICY, ReportData, WorstFrame, flattened, page
from render_server.quality.wording import number, seconds
from shot_format.errors import FormatError
from shot_format.shot import Rational
from tests.quality.synthetic import disc_shot, texture

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
VOID = {"meta", "img", "circle", "line", "path"}


class Tags(HTMLParser):
    """Collects elements and attributes, and checks that what opens closes."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(text: str) -> Tags:
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    return tags


@pytest.fixture(scope="module")
def figures() -> Figures:
    return assess(disc_shot(4), [texture(np.random.default_rng(5), 180, 320, (70, 90, 120))])


def test_every_text_is_escaped(figures: Figures) -> None:
    take = {HOSTILE: {"scene": HOSTILE, "seed": 7}}
    worst = WorstFrame(1002, "worst.png", HOSTILE, HOSTILE)
    tags = parsed(page(ReportData(HOSTILE, (HOSTILE,), figures, take=take, notes=(HOSTILE,), worst=(worst,))))
    assert "script" not in tags.names
    assert not [name for name, _ in tags.attributes if name.startswith("on")]
    assert tags.text.count(HOSTILE) == 9  # title twice, fact, note, worst frame twice, take's key twice and its value
    assert ("src", "x") not in tags.attributes


def test_the_page_asks_for_nothing_from_elsewhere(figures: Figures) -> None:
    tags = parsed(page(ReportData("shot", (), figures, contact_sheet="contact_sheet.png")))
    links = [value for name, value in tags.attributes if name in ("src", "href")]
    assert links == ["contact_sheet.png", "contact_sheet.png"]
    assert ("content", POLICY) in tags.attributes
    assert "link" not in tags.names


def test_figures_are_quoted_with_what_they_mean(figures: Figures) -> None:
    text = parsed(page(ReportData("shot", ("24 fps",), figures, latency=latency([2.0, 2.1, 2.2])))).text
    assert "frames 1001 to 1004 · 320 × 180 · 24 fps" in text
    assert "0.0000" in text and "100 ms" in text and "2.00 s" in text
    assert "Without memory" not in text


def test_one_frame_without_art_makes_a_page() -> None:
    text = parsed(page(ReportData("still", (), assess(disc_shot(1))))).text
    assert "frame 1001 ·" in text
    assert "Palette distance" not in text and "Drift" not in text


def test_nested_content_is_laid_flat() -> None:
    content = {"take": 3, "recipe": {"look": "oil@1", "stroke_scale": 1.0, "frames": [1, 2]}, "path": Path("x")}
    expected = [("take", "3"), ("recipe look", "oil@1"), ("recipe stroke scale", "1.0"), ("recipe frames", "[1, 2]"), ("path", '"x"')]
    assert flattened(content) == expected


def test_numbers_as_quoted() -> None:
    assert (number(None, 2), number(0.12345, 4)) == ("–", "0.1235")
    assert [seconds(value) for value in (None, 0.1239, 1.5, 61.7)] == ["–", "124 ms", "1.50 s", "62 s"]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 1, [0, 0.5, 1]), (0, 0.0131, [0, 0.005, 0.01, 0.015]), (-0.1, 0.8, [-0.5, 0, 0.5, 1]), (3, 3, [3.0, 3.1, 3.2, 3.3])],
)
def test_ticks_are_round_and_hold_all_values(low: float, high: float, expected: list[float]) -> None:
    assert nice_ticks(low, high, 4) == pytest.approx(expected)


def test_a_plot_breaks_where_a_value_is_missing() -> None:
    svg = plot("Warp", range(1001, 1007), [Line("Painted <1>", "#123456", (None, 0.5, 1.0, None, 0.25, None))])
    tree = ElementTree.fromstring(svg)  # noqa: S314 our own text
    path, dots = tree.findall(".//path"), tree.findall(".//circle")
    assert path[0].attrib["d"].count("M") == 2 and path[0].attrib["d"].count("L") == 1
    assert len(dots) == 1
    assert tree.find(".//g/title").text == "Painted <1>"  # type: ignore[union-attr]


def test_a_plot_of_one_frame_or_of_equal_values_draws() -> None:
    for readings in ((0.0,), (2.0,)):
        ElementTree.fromstring(plot("one", (1001,), [Line("a", "red", readings)]))  # noqa: S314 our own text


def test_the_whole_report_of_a_shot(tmp_path: Path) -> None:
    art = [texture(np.random.default_rng(5), 180, 320, (70, 90, 120))]
    told: list[tuple[int, int]] = []
    about = About("shot & co", Rational(24), 10, ("look oil@1",), tuple(1 + 0.1 * n for n in range(10)), {"seed": 7})
    figures = build_report(tmp_path, disc_shot(10), about, art, lambda done, total: told.append((done, total)))
    worst = {f"worst_{name}.png" for name in ("warp_error", "structure", "sharpness", "texture")}
    names = {"report.html", "figures.json", "painted.mp4", "side_by_side.mp4", "contact_sheet.png"} | worst
    assert {path.name for path in tmp_path.iterdir()} == names
    assert told == [(n, 10) for n in range(1, 11)]
    tags = parsed((tmp_path / "report.html").read_text())
    linked = {value for name, value in tags.attributes if name in ("src", "href")}
    assert linked == names - {"report.html"}
    assert json.loads((tmp_path / "figures.json").read_text())["figures"]["frames"] == list(figures.frames)
    assert re.search(r"Frame 10\d\d: least steady", tags.text)


def test_a_shot_that_breaks_off_leaves_no_report(tmp_path: Path) -> None:
    first, second = disc_shot(2)
    broken = second._replace(painted=second.painted[:-2])
    with pytest.raises(FormatError, match="frame-size-differs"):
        build_report(tmp_path, [first, broken], About("shot", Rational(24), 2))
    assert list(tmp_path.iterdir()) == []


def test_times_that_do_not_match_the_frames_are_not_plotted(figures: Figures) -> None:
    data = ReportData("shot", (), figures, arrivals=(1.0, 2.0))
    assert "Seconds per frame" not in page(data)
    assert "Seconds per frame" in page(replace(data, arrivals=(1.0, 2.0, 3.0, 4.0)))
