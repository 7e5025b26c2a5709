"""Every check finds what is planted, and says nothing of the art that ships: false alarms are what makes people ignore a report."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from render_server.art.manifest import MANIFEST, Arrival, Manifest, Picture, Piece, Rights, manifest_text, stamp
from render_server.art.store import Collection
from render_server.art_pictures.check import Review, check_collection
from render_server.art_pictures.family import kinship, ready
from render_server.art_pictures.findings import Finding, picture_findings, twin_findings
from render_server.art_pictures.marks import find_borders, find_signature
from render_server.art_pictures.measure import Measured, measure
from render_server.art_pictures.report import POLICY, as_json, page, write_report
from render_server.art_pictures.stills import jpeg_quality
from render_server.passes.geometry import UInt8
from shot_format.blobs import sha256
from tests.art.plant import RIGHTS, again, almost_empty, blown_up, bordered, painting, pixels, shipped, signed

LOOKS = ("acrylic", "gouache", "ink", "oil", "pastel", "watercolour")
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "art"
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def piece(arrival: Arrival | None = None, title: str = "A piece", name: str = "0" * 64) -> Piece:
    arrival = arrival or Arrival("PNG", 512, 288)
    return Piece(name, "still", "a.png", 1, title, RIGHTS, stamp("me"), arrival, (Picture(f"{name}.png", "0" * 64, 1, 512, 288),))


def found(image: Image.Image | UInt8, arrival: Arrival | None = None) -> dict[str, Finding]:
    return {each.code: each for each in picture_findings(piece(arrival), measure(np.asarray(image)))}


@pytest.fixture(scope="module")
def measured() -> dict[str, list[Measured]]:
    return {look: [measure(pixels(path)) for path in shipped(look)] for look in LOOKS}


@pytest.mark.parametrize("look", LOOKS)
def test_nothing_is_found_in_the_art_that_ships(measured: dict[str, list[Measured]], look: str) -> None:
    pieces = []
    for number, (path, each) in enumerate(zip(shipped(look), measured[look], strict=True)):
        with Image.open(path) as image:
            quality = jpeg_quality(image.quantization)
        pieces.append((piece(Arrival("JPEG", 512, 288, jpeg_quality=quality), name=f"{number:064x}"), each))
    assert [finding for each in pieces for finding in picture_findings(*each)] == []
    assert twin_findings(pieces) == {}


def test_the_odd_one_out() -> None:
    """A painting by another hand, among seven of one."""
    family = [ready(pixels(path)) for path in shipped("oil")[:7]]
    mixed = kinship([*family, ready(pixels(shipped("gouache")[7]))])
    assert mixed is not None and [each.odd for each in mixed] == [False] * 7 + [True]


def test_three_pieces_are_no_family() -> None:
    assert kinship([ready(pixels(path)) for path in shipped("oil")[:3]]) is None


def test_too_small() -> None:
    finding = found(painting().resize((400, 225)))["too-small"]
    assert "400 × 225" in finding.what and finding.level == "mend"


@pytest.mark.parametrize("look", ["oil", "gouache", "ink"])
def test_compressed_to_mush(look: str) -> None:
    assert "mush" in found(again(painting(look, 2), 15))
    assert "mush" not in found(again(painting(look, 2), 85))


def test_the_tables_of_a_jpeg_tell_its_quality() -> None:
    assert "mush" in found(painting(), Arrival("JPEG", 512, 288, jpeg_quality=30))
    for quality in (20, 50, 75, 95):
        written = io.BytesIO()
        painting().save(written, "JPEG", quality=quality)
        with Image.open(written) as image:
            assert abs((jpeg_quality(image.quantization) or 0) - quality) <= 2
    assert jpeg_quality({}) is None


@pytest.mark.parametrize("look", ["oil", "watercolour"])
def test_blown_up(look: str) -> None:
    finding = found(blown_up(painting(look, 1), 2.0))["soft"]
    width = int(re.findall(r"(\d+) × \d+ pixels", finding.what)[0])
    assert 200 <= width <= 310  # of 512, at half the detail
    large = painting(look, 1).resize((1536, 864), Image.Resampling.BICUBIC)
    assert found(large)["soft"].level == "look"  # what it holds is enough


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (128, 120, 100)])
@pytest.mark.parametrize("sides", [(9, 9, 9, 9), (0, 30, 0, 30), (40, 0, 40, 0)])
@pytest.mark.parametrize("look", LOOKS)
def test_borders(look: str, sides: tuple[int, int, int, int], colour: tuple[int, int, int]) -> None:
    picture = again(bordered(painting(look, 2), sides, colour), 88)
    borders = find_borders(picture)
    size = (picture.shape[1], picture.shape[0]) * 2
    expected = [side / extent for side, extent in zip(sides, size, strict=True)]
    assert [borders.left, borders.top, borders.right, borders.bottom] == pytest.approx(expected, abs=0.01)


def test_a_straight_edge_is_no_block_of_jpeg() -> None:
    codes = found(again(bordered(painting("oil", 2), (18, 18, 18, 18), (247, 246, 243)), 90))
    assert set(codes) == {"border"} and codes["border"].box is not None


def test_signatures() -> None:
    """Seven in ten names are found among real strokes; here half of a dozen must be, and each in its place."""
    lights = [np.asarray(signed(painting(look, number)).convert("L"), np.float32) / 255 for look in LOOKS for number in (0, 6)]
    boxes = [box for box in map(find_signature, lights) if box]
    assert len(boxes) >= 6
    assert all(box.left > 0.6 and box.top > 0.8 for box in boxes)
    assert "signature" in found(signed(painting("watercolour", 0)))


def test_twins(measured: dict[str, list[Measured]]) -> None:
    image = painting("oil", 2)
    smaller = image.resize((300, 169))
    cropped = image.crop((8, 5, 504, 283))
    warmer = Image.fromarray((np.asarray(image) * np.array([1.0, 0.95, 0.8])).astype(np.uint8))
    pieces = [(piece(title="The first"), measured["oil"][2]), (piece(title="Another", name="1" * 64), measured["oil"][3])]
    for number, copy in enumerate((smaller, cropped, warmer, ImageOps.mirror(image), image.convert("L").convert("RGB"))):
        its = twin_findings([*pieces, (piece(title="Copy", name="2" * 64), measure(np.asarray(copy)))])
        assert sorted(its) == ["0" * 64, "2" * 64]
        (finding,) = its["2" * 64]
        assert "The first" in finding.what and ("mirror" in finding.what) == (number == 3)


@pytest.mark.parametrize(
    ("arrival", "code", "word"),
    [
        (Arrival("JPEG", 512, 288, colour="unknown", profile="CMYK without a profile"), "colour-unknown", "CMYK"),
        (Arrival("PNG", 512, 288, colour="converted", profile="Display P3"), "colour-converted", "Display P3"),
        (Arrival("PNG", 512, 288, transparent=0.4), "transparent", "40.0 %"),
    ],
)
def test_what_the_original_said(arrival: Arrival, code: str, word: str) -> None:
    assert word in found(painting(), arrival)[code].what


def test_grey_and_empty() -> None:
    assert "grey" in found(painting().convert("L").convert("RGB"))
    assert "empty" in found(almost_empty(painting("oil", 6)))
    assert "empty" in found(Image.new("RGB", (512, 288), "white"))


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (17, 17), (64, 64)])
def test_no_picture_is_too_odd_to_be_measured(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), np.uint8)
    for picture in (noise, np.zeros_like(noise)):
        assert "too-small" in found(picture)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared paintings are not here")
def test_two_real_paintings() -> None:
    assert found(pixels(SHARED / "starry_night.jpg")) == {}
    assert found(pixels(SHARED / "wave.jpg")) == {}


def fill(collection: Collection, pictures: dict[str, UInt8 | Image.Image], rights: Rights = RIGHTS) -> None:
    """A collection as taking in would leave it, without the wait."""
    pieces = []
    for title, picture in pictures.items():
        file = io.BytesIO()
        image = Image.fromarray(picture) if isinstance(picture, np.ndarray) else picture
        image.save(file, "PNG")
        name = sha256(title.encode())
        entry = Picture(f"{name}.png", sha256(file.getvalue()), file.tell(), *image.size)
        pieces.append(Piece(name, "still", title, 1, title, rights, stamp("me"), Arrival("PNG", *image.size), (entry,)))
        collection.picture(entry).parent.mkdir(parents=True, exist_ok=True)
        collection.picture(entry).write_bytes(file.getvalue())
    (collection.folder / MANIFEST).write_bytes(manifest_text(Manifest(collection.name, pieces=tuple(pieces))))


def test_a_clean_collection_may_be_trained_on(collection: Collection) -> None:
    fill(collection, {f"p{number}": pixels(path) for number, path in enumerate(shipped("pastel")[:4])})
    review = check_collection(collection)
    assert [each.findings for each in review.pieces] == [()] * 4
    assert as_json(review)["trainable"] and "Nothing needs you" in page(review)


def test_the_whole_report(collection: Collection, tmp_path: Path) -> None:
    fill(
        collection,
        {HOSTILE: painting("oil", 1), "framed": bordered(painting("oil", 2), (9, 9, 9, 9), (0, 0, 0)), "gone": painting("oil", 3)},
    )
    collection.edit("framed", {"owner": "", "artist": HOSTILE}, "me")
    collection.set_state("gone", "retired", HOSTILE, HOSTILE)
    review = check_collection(collection)
    assert {each.piece.title: [finding.code for finding in each.findings] for each in review.pieces} == {
        HOSTILE: [],
        "framed": ["rights-missing", "border"],
    }
    out = write_report(review, tmp_path / "report").parent
    assert {path.name for path in out.iterdir()} == {"report.html", "contact_sheet.png", "findings.json"}
    with Image.open(out / "contact_sheet.png") as sheet:
        assert sheet.width > 1000
    told = json.loads((out / "findings.json").read_text())
    assert not told["trainable"] and told["manifest_sha256"] == collection.seal()
    _check_page((out / "report.html").read_text())


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs


def _check_page(text: str) -> None:
    """Nothing runs, and nothing is fetched: it can be sent on as it is."""
    tags = _Tags()
    tags.feed(text)
    assert "script" not in tags.names and "link" not in tags.names
    assert not [name for name, _ in tags.attributes if name.startswith("on")]
    assert ("content", POLICY) in tags.attributes
    sources = [value or "" for name, value in tags.attributes if name in ("src", "href")]
    assert sources and all(value.startswith(("data:image/jpeg;base64,", "#")) for value in sources)


def test_a_picture_that_was_changed_stops_training(collection: Collection) -> None:
    fill(collection, {"a": painting("oil", 1), "b": painting("oil", 2)})
    first, second = collection.manifest().pieces
    collection.picture(first.pictures[0]).unlink()
    changed = collection.picture(second.pictures[0])
    changed.write_bytes(changed.read_bytes()[:-1] + b"?")
    review: Review = check_collection(collection)
    assert [[finding.code for finding in each.findings] for each in review.pieces] == [["damaged"], ["damaged"]]
    assert not as_json(review)["trainable"] and "no picture" in page(replace(review))
