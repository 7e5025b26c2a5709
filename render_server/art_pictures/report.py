"""The report of a collection: one HTML page with its pictures inside, for production designers; nothing else is needed to send it on.

Every text is escaped, for titles and file names come from anywhere; the page forbids scripts, and everything from elsewhere, by its policy.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from render_server.art.manifest import Override, Piece
from render_server.art_pictures.check import Review, Reviewed
from render_server.art_pictures.family import BOTH, PALETTE, TEXTURE
from render_server.art_pictures.findings import LEVELS, Finding
from render_server.art_pictures.sheet import contact_sheet
from render_server.quality.report import document
from shot_format.codec import encode
from shot_format.files import write_whole

REPORT, SHEET, FINDINGS = "report.html", "contact_sheet.png", "findings.json"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
WORDS = {"stop": "No training before this", "mend": "Better mended first", "look": "Have a look", "good": "Good as it is"}
GROUPS = ("stop", "mend", "look", "good")


def write_report(review: Review, out: Path) -> Path:
    """Write report.html, contact_sheet.png and findings.json into a folder, each whole; gives the page's path. Raises StorageError."""
    write_whole(out / SHEET, contact_sheet(review))
    write_whole(out / FINDINGS, (json.dumps(as_json(review), indent=1, ensure_ascii=False) + "\n").encode())
    write_whole(out / REPORT, page(review).encode())
    return out / REPORT


def page(review: Review) -> str:
    """The report as one HTML document."""
    sections = [_heading(review), _cards(review), _todo(review), _family(review), *(_wall(review, level) for level in GROUPS)]
    sections += [_retired(review.manifest.pieces), _overrides(review.manifest.overrides)]
    style = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
    return document(f"Art: {review.manifest.name}", "\n".join(section for section in sections if section), style, POLICY)


def as_json(review: Review) -> dict[str, Any]:
    """All that was found and measured, for programs."""
    return {
        "art": review.manifest.name, "show": review.show, "manifest_sha256": review.sha256,
        "trainable": bool(review.pieces) and all(each.level != "stop" for each in review.pieces),
        "pieces": [_piece_json(each) for each in review.pieces],
    }  # fmt: skip


def _piece_json(each: Reviewed) -> dict[str, Any]:
    measured = each.measured
    figures = {} if measured is None else {
        "width": measured.width, "height": measured.height, "blockiness": round(measured.blockiness, 4),
        "steepness": None if measured.steepness is None else round(measured.steepness, 3), "held": measured.held,
        "empty": round(measured.empty, 4), "colourfulness": round(measured.colourfulness, 4),
        "perceptual_hash": f"{measured.hashes[0]:016x}", "palette": [colour for colour, _ in measured.palette],
    }  # fmt: skip
    kin = {} if each.kin is None else {"palette_distance": round(each.kin.palette, 5), "texture_distance": round(each.kin.texture, 4)}
    findings = [{name: value for name, value in encode(finding).items() if name != "box"} for finding in each.findings]
    return {"sha256": each.piece.sha256, "title": each.piece.title, "level": each.level, "findings": findings, **figures, **kin}


def _heading(review: Review) -> str:
    pieces = review.pieces
    moving = sum(each.piece.kind != "still" for each in pieces)
    facts = [f"{len(pieces) - moving} stills" if len(pieces) - moving != 1 else "1 still"]
    facts += [f"{moving} finished shots" if moving != 1 else "1 finished shot"] if moving else []
    facts += [f"for the show {review.show}"] if review.show else []
    facts += [f"manifest {review.sha256[:10]}"]
    return f'<h1><bdi>{escape(review.manifest.name)}</bdi></h1><p class="facts">{escape(" · ".join(facts))}</p>{_strip(pieces)}'


def _strip(pieces: Iterable[Reviewed]) -> str:
    """The whole collection's colours in one bar, dark to light: what a look would learn its palette from."""
    colours = [(colour, share) for each in pieces if each.measured for colour, share in each.measured.palette]
    if not colours:
        return ""
    ordered = sorted(colours, key=lambda each: _brightness(each[0]))
    parts = "".join(f'<i style="flex:{share:.3f};background:{colour}"></i>' for colour, share in ordered)
    return f'<div class="strip" role="img" aria-label="The collection\'s colours, dark to light">{parts}</div>'


def _brightness(colour: str) -> float:
    red, green, blue = bytes.fromhex(colour[1:])
    return 0.299 * red + 0.587 * green + 0.114 * blue


def _cards(review: Review) -> str:
    counts = {level: sum(each.level == level for each in review.pieces) for level in GROUPS}
    remarks = {
        "stop": "rights or pictures are missing", "mend": "they would teach the wrong thing",
        "look": "you know better than a figure", "good": "nothing was found",
    }  # fmt: skip
    cards = "".join(
        f'<a class="card {level}" href="#{level}"><span class="name">{WORDS[level]}</span><b>{counts[level]}</b>'
        f"<span>{remarks[level]}</span></a>"
        for level in GROUPS
        if counts[level] or level == "good"
    )
    return f'<section class="cards">{cards}</section>'


def _todo(review: Review) -> str:
    """Everything that needs somebody, one line for each kind of finding, the worst first."""
    groups: dict[tuple[int, str], list[tuple[Reviewed, Finding]]] = {}
    for each in review.pieces:
        for finding in each.findings:
            if finding.level != "note":
                groups.setdefault((LEVELS.index(finding.level), finding.code), []).append((each, finding))
    if not groups:
        return '<p class="clear">Nothing needs you: this art can be trained on.</p>'
    lines = "".join(_todo_line(found) for _, found in sorted(groups.items()))
    return f'<h2>What needs you</h2><ul class="todo panel">{lines}</ul>'


def _todo_line(found: list[tuple[Reviewed, Finding]]) -> str:
    finding = found[0][1]
    pieces = {each.piece.key: each.piece.title for each, _ in found}  # each once, however often it was found
    links = ", ".join(f'<a href="#{key}"><bdi>{escape(title)}</bdi></a>' for key, title in pieces.items())
    name = NAMES.get(finding.code, finding.code)
    return (
        f'<li class="{finding.level}"><b>{escape(name)}</b><span class="todo-pieces">{links}</span><span>{escape(finding.todo)}</span></li>'
    )


NAMES = {
    "rights-missing": "Rights are missing", "damaged": "Damaged in the collection", "too-small": "Too small", "mush": "Compressed to mush",
    "soft": "Blown up or blurred", "twin": "Near-duplicates", "border": "Borders", "signature": "Signatures", "colour-unknown":
    "Colour space unknown", "colour-converted": "Colours converted", "grey": "Without colours", "transparent": "See-through",
    "empty": "Almost empty", "odd": "Out of family",
}  # fmt: skip


def _wall(review: Review, level: str) -> str:
    pieces = [each for each in review.pieces if each.level == level]
    if not pieces:
        return ""
    tiles = "".join(_tile(each) for each in pieces)
    return f'<h2 id="{level}" class="group {level}">{WORDS[level]} <small>{len(pieces)}</small></h2><div class="wall">{tiles}</div>'


def _tile(each: Reviewed) -> str:
    piece = each.piece
    findings = "".join(
        f'<li class="{finding.level}"><b>{escape(finding.what)}</b> {escape(finding.todo)}</li>' for finding in each.findings
    )
    lines = [_rights_line(piece), _origin(piece)]
    small = "".join(f"<p><bdi>{escape(line)}</bdi></p>" for line in lines if line)
    return (
        f'<article id="{piece.key}">{_picture(each)}{_swatches(each)}<div class="label"><h3><bdi>{escape(piece.title)}</bdi></h3>{small}'
        f"{f'<ul>{findings}</ul>' if findings else ''}</div></article>"
    )


def _picture(each: Reviewed) -> str:
    """The picture on a mat, with a frame drawn round what a finding speaks of."""
    if not each.thumbnail:
        return '<div class="mat none">no picture</div>'
    marks = "".join(_mark(finding) for finding in each.findings if finding.box)
    badge = "" if each.piece.kind == "still" else f'<span class="badge">{len(each.piece.pictures)} frames</span>'
    source = data_uri(each.thumbnail)
    return f'<div class="mat"><div class="sight"><img src="{source}" alt="{escape(each.piece.title)}">{marks}</div>{badge}</div>'


def _mark(finding: Finding) -> str:
    box = finding.box
    if box is None:
        return ""
    place = f"left:{box.left:.2%};top:{box.top:.2%};width:{box.right - box.left:.2%};height:{box.bottom - box.top:.2%}"
    return f'<i class="mark {finding.code}" style="{place}"></i>'


def data_uri(jpeg: bytes) -> str:
    """A picture as part of the page."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"


def _swatches(each: Reviewed) -> str:
    if each.measured is None:
        return ""
    parts = "".join(f'<i style="flex:{share:.3f};background:{colour}"></i>' for colour, share in each.measured.palette)
    return f'<div class="swatches">{parts}</div>'


def _rights_line(piece: Piece) -> str:
    rights = piece.rights
    words = [rights.artist, rights.date, f"© {rights.owner}" if rights.owner else "", rights.licence]
    return " · ".join(word for word in words if word)


def _origin(piece: Piece) -> str:
    first, arrival = piece.pictures[0], piece.arrival
    words = [f"{first.width} × {first.height}", arrival.format]
    words += [f"{len(piece.pictures)} of {arrival.frames} frames"] if arrival.frames else []
    words += [f"quality {arrival.jpeg_quality}"] if arrival.jpeg_quality else []
    words += [
        {"assumed": "sRGB taken for granted", "stated": arrival.profile, "converted": f"from {arrival.profile}"}.get(arrival.colour, "")
    ]
    return " · ".join(word for word in (*words, piece.key) if word)


def _family(review: Review) -> str:
    """Every piece by how far it is from the others: what belongs together lies in the lower left."""
    kin = [(each, each.kin) for each in review.pieces if each.kin]
    if not kin:
        return ""
    across = max(PALETTE * 1.15, *(kin.of_palette for _, kin in kin)) * 1.06
    up = max(TEXTURE * 1.25, *(kin.of_texture for _, kin in kin)) * 1.1
    points = "".join(
        f'<a class="point{" odd" if kin.odd else ""}" href="#{each.piece.key}" title="{escape(each.piece.title)}" '
        f'style="left:{kin.of_palette / across:.2%};bottom:{kin.of_texture / up:.2%}"><img src="{data_uri(each.thumbnail)}" alt=""></a>'
        for each, kin in sorted(kin, key=lambda pair: pair[1].of_palette * pair[1].of_texture)
    )
    lead = (
        "Each piece by its distance to all others, 1 being common in this set: palette to the right, texture upwards. "
        "What lies in the shaded part is another hand, another time, or another picture than the rest."
    )
    shade = f'<svg viewBox="0 0 100 100" preserveAspectRatio="none"><path d="{_shaded(across, up)}"/></svg>'
    axes = '<span class="axis x">palette →</span><span class="axis y">texture →</span>'
    return f'<h2>Family</h2><p class="lead">{lead}</p><div class="family panel">{shade}{points}{axes}</div>'


def _shaded(across: float, up: float) -> str:
    """The outline of where a piece counts as odd, in hundredths of the plot."""
    steps = [BOTH / TEXTURE + (PALETTE - BOTH / TEXTURE) * step / 12 for step in range(13)]
    corner = [(0.0, TEXTURE), *((palette, BOTH / palette) for palette in steps), (PALETTE, 0.0)]
    outline = [*corner, (across, 0.0), (across, up), (0.0, up)]
    return "M" + "L".join(f"{x / across * 100:.2f} {100 - y / up * 100:.2f}" for x, y in outline) + "Z"


def _retired(pieces: Iterable[Piece]) -> str:
    retired = [piece for piece in pieces if piece.retired]
    if not retired:
        return ""
    lines = "".join(
        f"<tr><th><bdi>{escape(piece.title)}</bdi></th><td>{escape(piece.key)}</td><td>{escape(piece.states[-1].stamp.when[:10])}</td>"
        f'<td>{escape(piece.states[-1].stamp.by)}</td><td class="why"><bdi>{escape(piece.states[-1].why)}</bdi></td></tr>'
        for piece in retired
    )
    heads = "<tr><th>Piece</th><th></th><th>When</th><th>By</th><th>Why</th></tr>"
    return f'<h2>Retired</h2><div class="panel retired"><table><thead>{heads}</thead><tbody>{lines}</tbody></table></div>'


def _overrides(overrides: Iterable[Override]) -> str:
    lines = "".join(
        f"<li>{escape(each.stamp.when[:10])}, {escape(each.stamp.by)}: <bdi>{escape(each.why)}</bdi> ({len(each.gaps)} pieces)</li>"
        for each in overrides
    )
    return f'<h2>Trained on without rights</h2><ul class="notes">{lines}</ul>' if lines else ""
