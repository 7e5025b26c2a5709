"""The looks that ship: which of its painter's paints and moods each takes, and what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass

VERSION = 1


@dataclass(frozen=True)
class Offer:
    """What a look says of itself, and which of its painter's paints and moods it takes."""

    title: str
    description: str
    box: str
    mood: str  # empty: the blocking's own light


OFFERS: dict[str, Offer] = {
    "oil": Offer("Oil", "Thick oil in broken colour: warm lights, cool shadows, bristle marks lit from the upper left.", "studio", "dusk"),
    "gouache": Offer("Gouache", "Flat opaque planes in few values, wavering edges, a dry brush over the lights.", "harbour", "dusk"),
    "watercolour": Offer("Watercolour", "Washes and glazes with wet edges, puddles and granulation on white paper.", "sea glass", "dusk"),
    "ink": Offer("Ink and wash", "A pen line that swells and breaks, hatching, spotted blacks and thin washes.", "indigo", "dusk"),
    "pastel": Offer("Pastel", "Long strokes of chalk in neighbouring colours over toned paper, by moonlight.", "slate", "moon"),
    "acrylic": Offer("Acrylic", "Large slabs in violent colour, a burning ground, a loaded dark contour.", "bridge", "dusk"),
}
