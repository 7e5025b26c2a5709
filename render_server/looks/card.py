"""The model card of a look that was trained on a production's art: what it is, whose art taught it, what was run, what it measures."""

from __future__ import annotations

from render_server.looks.lineage import Cost, Training
from render_server.looks.registry import Look
from shot_format.errors import FormatError

_CARD = """# {title}, version {version}

{description}

Look `{key}`{whose}. Licence: {licence}.

## Whose art taught it

{count} of the collection whose manifest has the SHA-256 `{manifest}`. Owners, licences and consents stand there; of each piece:

| piece | owner | licence | SHA-256 |
| --- | --- | --- | --- |
{art}
{overrides}
## How it was trained

{base} Software: {code}. Seed {seed}. Finished {finished}.

| setting | value |
| --- | --- |
{settings}

It ran on {hardware} and took {cost}.

## What it measures

{figures}

## What else it is

The weights are `weights.safetensors`, SHA-256 `{model}`. The look only paints what the blocking shows: it invents no detail. Who approved
or retired it, when and why, is not in this folder, which never changes: `paintover look show {key}` tells.
"""


def card(look: Look) -> str:
    """The card as Markdown, from what look.json says. Raises FormatError ("look-lineage")."""
    made = look.training
    if made is None:
        raise FormatError("look-lineage", f"{look.key} does not say how it was trained, so no card can be written.")
    return _CARD.format(
        title=look.title, version=look.version, description=look.description, key=look.key, licence=look.licence, model=look.model_sha256,
        whose=f", of the show {look.show}" if look.show else "", manifest=made.art_manifest_sha256,
        count=f"{len(made.art)} pieces" if len(made.art) > 1 else "One piece", art=_art(made), overrides=_overrides(made),
        base=_base(made), code=made.code_version, seed=made.seed, finished=made.finished,
        settings="\n".join(f"| {_cell(name)} | {_cell(value)} |" for name, value in made.settings.items()),
        hardware=made.hardware, cost=_cost(made.cost), figures=_figures(made),
    )  # fmt: skip


def _art(made: Training) -> str:
    return "\n".join(f"| {_cell(each.title)} | {_cell(each.owner)} | {_cell(each.licence)} | `{each.sha256}` |" for each in made.art)


def _overrides(made: Training) -> str:
    if not made.overrides:
        return ""
    return "\nRights were overridden:\n\n" + "\n".join(f"* {_cell(each)}" for each in made.overrides) + "\n"


def _base(made: Training) -> str:
    return f"It changes the base network with the SHA-256 `{made.base_sha256}`." if made.base_sha256 else "Its network is its own."


def _cost(cost: Cost) -> str:
    minutes = f"{cost.seconds / 60:.1f} minutes"
    return f"{minutes}; its energy was not told by any driver" if cost.joules is None else f"{minutes} and {cost.joules / 3.6e6:.3f} kWh"


def _figures(made: Training) -> str:
    if not made.figures:
        return "Not measured yet."
    return "| figure | value |\n| --- | --- |\n" + "\n".join(f"| {_cell(name)} | {value:.4g} |" for name, value in made.figures.items())


def _cell(text: str) -> str:
    """Text of others as one cell of a table: no line and no column of its own, and nothing that a page would run."""
    flat = " ".join(text.split())
    return flat.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("`", "'")
