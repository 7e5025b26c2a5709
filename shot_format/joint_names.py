"""Finds COCO-18 key points among a rig's joints by their names. Used by exporters; needs nothing but the standard library.

A shoulder here is the head of the upper arm, never the collar bone; the neck is the middle of the two shoulders, never a joint. What is not
found by name is not found: it gets the score 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Optional

from shot_format.shot import Joint

COCO_18 = (
    "nose", "neck",
    "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist",
    "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle",
    "right_eye", "left_eye", "right_ear", "left_ear",
)  # fmt: skip
BODY = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)
LIMBS = ((2, 3, 4), (5, 6, 7), (8, 9, 10), (11, 12, 13))
ENOUGH = 0.5  # a skeleton with fewer of its body joints found is no figure

# One row a rig: what right and left are called, then shoulder, elbow, wrist, hip, knee, ankle, eye, ear, nose; {s} stands for the side.
# Names are compared in lower case without separators; several spellings are parted by a bar.
_TABLES = {
    "humanik": ("right left", "{s}arm", "{s}forearm", "{s}hand", "{s}upleg", "{s}leg", "{s}foot", "{s}eye", "{s}ear", "nose"),
    "unreal": (
        "r l", "upperarm{s}", "lowerarm{s}", "hand{s}",
        "thigh{s}", "calf{s}", "foot{s}",
        "facial{s}eye|eye{s}", "ear{s}", "nose",
    ),
    "advanced_skeleton": ("r l", "shoulder{s}", "elbow{s}", "wrist{s}", "hip{s}", "knee{s}", "ankle{s}", "eye{s}", "ear{s}", "nosem"),
    "mgear_epic": (
        "r l", "arm{s}0upperarm", "arm{s}0lowerarm", "arm{s}0hand",
        "leg{s}0thigh", "leg{s}0calf", "leg{s}0foot",
        "eye{s}0eye", "ear{s}0ear", "nosec0nose",
    ),
    "mgear": (
        "r l", "arm{s}00", "arm{s}0elbow", "arm{s}0end",
        "leg{s}00", "leg{s}0knee", "leg{s}0end",
        "eye{s}0eye|eye{s}00", "ear{s}0ear|ear{s}00", "nosec00",
    ),
    "rigify": (
        "r l", "defupperarm{s}|upperarm{s}", "defforearm{s}|forearm{s}", "defhand{s}|hand{s}",
        "defthigh{s}|thigh{s}", "defshin{s}|shin{s}", "deffoot{s}|foot{s}",
        "defeye{s}|orgeye{s}|eye{s}|mastereye{s}", "defear{s}|ear{s}", "defnose|nose|nosemaster",
    ),
    "daz": (
        "r l", "{s}shldrbend|{s}shldr|{s}upperarm", "{s}forearmbend|{s}forearm", "{s}hand",
        "{s}thighbend|{s}thigh", "{s}shin", "{s}foot",
        "{s}eye", "{s}ear", "nose",
    ),
    "character_creator": (
        "r l", "{s}upperarm", "{s}forearm", "{s}hand",
        "{s}thigh", "{s}calf", "{s}foot",
        "{s}eye|faciall{s}eye", "{s}ear", "nose",
    ),
    "smpl": ("r l", "{s}shoulder", "{s}elbow", "{s}wrist", "{s}hip", "{s}knee", "{s}ankle", "{s}eye", "{s}ear", "nose"),
    "plain": (
        "right left", "{s}shoulder|shoulder{s}", "{s}elbow|elbow{s}", "{s}wrist|wrist{s}",
        "{s}hip|hip{s}", "{s}knee|knee{s}", "{s}ankle|ankle{s}",
        "{s}eye|eye{s}", "{s}ear|ear{s}", "nose",
    ),
}  # fmt: skip

_SIDES = {"r": 0, "right": 0, "rt": 0, "rgt": 0, "l": 1, "left": 1, "lf": 1, "lft": 1}
# For rigs of no known make: words that speak for a part, the surest first.
_WORDS = (
    ("upperarm", "uparm", "humerus", "arm", "shoulder", "shldr", "bicep"),
    ("elbow", "forearm", "lowerarm", "lowarm", "loarm", "radius", "arm2"),
    ("wrist", "hand"),
    ("upperleg", "upleg", "thigh", "femur", "hip", "leg"),
    ("knee", "lowerleg", "lowleg", "loleg", "shin", "calf", "tibia", "leg"),
    ("ankle", "foot"),
)
_NOT_BODY = re.compile(
    r"^(ik|fk|ctrl|con|control|twist\d*|roll|helper|end|tip|pole|pv|target|sub|aim|offset|grp|group|null|socket|weapon|prop|toe|toes|ball|heel"
    r"|finger|fingers|thumb|index|middle|ring|pinky|palm|cup|share|corrective|driver|mch|bend|collar|clavicle|scapula|tail|wing|ear|eye)$"
)
_MGEAR = re.compile(r"^(arm|leg)_([lrc])(\d+)_(\d+)_jnt$")


@dataclass(frozen=True)
class JointMatch:
    """Which joint stands for which key point.

    rig: the table that fitted, "generic" for none of them, "" where the skeleton is no figure.
    joints: for each of the 18 key points an index into the names, or None; the neck's is always None.
    score: the share of the 12 joints of arms and legs found, in the right order of ancestry.
    """

    rig: str
    joints: tuple[Optional[int], ...]
    score: float


NO_MATCH = JointMatch("", (None,) * 18, 0.0)


def match_joints(names: Sequence[str], parents: Optional[Sequence[int]] = None) -> JointMatch:
    """Find the key points among joint names.

    names: as the rig has them, with namespaces or paths. parents: for each joint its parent's index, -1 for none; without them ancestry is
    not checked. Gives NO_MATCH where fewer than half of the joints of arms and legs are found.
    """
    tails = _all_tails(names)
    found = [_by_table(rig, row, tails, parents) for rig, row in _TABLES.items()]
    best = max(found, key=lambda match: match.score)
    if best.score < 1.0:
        generic = _by_words(names, tails, parents)
        best = generic if generic.score > best.score else best
    return best if best.score >= ENOUGH else NO_MATCH


def key_points(match: JointMatch, positions: Sequence[Sequence[float]]) -> tuple[Joint, ...]:
    """The 18 key points as the shot format has them: (x, y, z, score), from the joints' positions in metres, world space."""
    nowhere: Joint = (0.0, 0.0, 0.0, 0.0)
    points = [nowhere if i is None else _joint(positions[i]) for i in match.joints]
    if match.joints[2] is not None and match.joints[5] is not None:
        right, left = points[2], points[5]
        points[1] = ((right[0] + left[0]) / 2, (right[1] + left[1]) / 2, (right[2] + left[2]) / 2, 1.0)
    return tuple(points)


def bare_name(name: str) -> str:
    """A joint's own name: without path, namespace and the codes that FBX writes for characters it does not take."""
    leaf = re.split(r"[|/]", name)[-1]
    decoded = re.sub(r"FBXASC(\d{3})", lambda code: chr(int(code.group(1))), leaf)
    return decoded.rsplit(":", 1)[-1]


def _joint(position: Sequence[float]) -> Joint:
    return (float(position[0]), float(position[1]), float(position[2]), 1.0)


def _squeezed(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _all_tails(names: Sequence[str]) -> list[list[str]]:
    """For each joint its squeezed name and the shorter ones left by taking off what stands before a separator, longest first."""
    bare = [re.sub(r"_?(jnt|bind|joint)$", "", name, flags=re.IGNORECASE) for name in _mgear_numbers([bare_name(name) for name in names])]
    skip = len(_common_prefix(bare))
    return [[_squeezed("".join(parts)) for parts in _endings(name[skip:])] for name in bare]


def _endings(name: str) -> Iterable[list[str]]:
    parts = re.findall(r"[^_.\-\s]+[_.\-\s]*", name)
    return (parts[i:] for i in range(len(parts))) if parts else [[name]]


def _common_prefix(names: Sequence[str]) -> str:
    """The longest beginning that all names share, as far as its last separator; a rig's own name, mostly."""
    if len(names) < 2:
        return ""
    first, last = min(names), max(names)
    length = next((i for i, (a, b) in enumerate(zip(first, last)) if a != b), min(len(first), len(last)))
    ends = [separator.end() for separator in re.finditer(r"[_.\-\s]", first[:length])]
    return first[: ends[-1]] if ends else ""


def _mgear_numbers(names: list[str]) -> list[str]:
    """mGear's classic limbs only number their joints: the first of the lower half is the elbow or the knee."""
    parsed = [_MGEAR.match(name.lower()) for name in names]
    count: dict[tuple[str, str, str], int] = {}
    for hit in parsed:
        if hit:
            limb = (hit[1], hit[2], hit[3])
            count[limb] = max(count.get(limb, 0), int(hit[4]) + 1)
    middle = {limb: (number + 1) // 2 for limb, number in count.items()}
    joint = {"arm": "elbow", "leg": "knee"}
    return [
        f"{hit[1]}_{hit[2]}{hit[3]}_{joint[hit[1]]}_jnt" if hit and int(hit[4]) == middle[hit[1], hit[2], hit[3]] else name
        for hit, name in zip(parsed, names)
    ]


def _by_table(rig: str, row: Sequence[str], tails: list[list[str]], parents: Optional[Sequence[int]]) -> JointMatch:
    right, left = row[0].split()
    joints: list[Optional[int]] = [None] * 18
    for offset, template in enumerate(row[1:7]):
        first = 2 if offset < 3 else 8
        joints[first + offset % 3] = _find(template, right, tails)
        joints[first + 3 + offset % 3] = _find(template, left, tails)
    joints[0] = _find(row[9], "", tails)
    joints[14], joints[15] = _find(row[7], right, tails), _find(row[7], left, tails)
    joints[16], joints[17] = _find(row[8], right, tails), _find(row[8], left, tails)
    return _checked(rig, joints, parents)


def _find(template: str, side: str, tails: list[list[str]]) -> Optional[int]:
    """The joint that a template names; of several the one with the least in front of it, then the first."""
    wanted = template.format(s=side).split("|")
    hits = [(tail.index(name), i) for i, tail in enumerate(tails) for name in wanted if name in tail]
    return min(hits)[1] if hits else None


def _checked(rig: str, joints: list[Optional[int]], parents: Optional[Sequence[int]]) -> JointMatch:
    """Drop joints that do not hang below their limb's earlier ones, and those found twice; then count."""
    for limb in LIMBS:
        above: Optional[int] = None
        for key in limb:
            joint = joints[key]
            if joint is not None and above is not None and not _hangs_below(joint, above, parents):
                joints[key] = None
            above = joints[key] if joints[key] is not None else above
    body = [joints[key] for key in BODY if joints[key] is not None]
    if len(set(body)) != len(body):
        return NO_MATCH
    return JointMatch(rig, tuple(joints), len(body) / len(BODY))


def _hangs_below(joint: int, above: int, parents: Optional[Sequence[int]]) -> bool:
    if parents is None:
        return joint != above
    for _ in parents:  # bounded, should the parents run in a circle
        joint = parents[joint]
        if joint == above:
            return True
        if joint < 0:
            return False
    return False


def _by_words(names: Sequence[str], tails: list[list[str]], parents: Optional[Sequence[int]]) -> JointMatch:
    """Rigs of no known make: the likeliest joint for each part, by the words in its name and the joint it hangs from."""
    words = [_words_of(bare_name(name)) for name in names]
    joints: list[Optional[int]] = [None] * 18
    for limb, keys in enumerate(LIMBS):
        side, parts = (limb % 2), (0, 1, 2) if limb < 2 else (3, 4, 5)
        above: Optional[int] = None
        for key, part in zip(keys, parts):
            joints[key] = _likeliest(words, side, part, above, parents)
            above = joints[key] if joints[key] is not None else above
    for key, part_name, side in ((14, "eye", 0), (15, "eye", 1), (16, "ear", 0), (17, "ear", 1), (0, "nose", -1)):
        joints[key] = next((i for i, (w, s) in enumerate(words) if part_name in w and len(w) == 1 and s == side), None)
    return _checked("generic", joints, parents)


def _words_of(name: str) -> tuple[list[str], int]:
    """A name's words in lower case without its side, and the side: 0 right, 1 left, -1 neither. Upper and arm are joined: upperarm."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    spaced = re.sub(r"\b([LR])([A-Z]?[a-z]{3,})", r"\1 \2", re.sub(r"([a-zA-Z])(\d)", r"\1 \2", re.sub(r"[_.\-]+", " ", spaced)))
    words = spaced.lower().split()
    side = next((_SIDES[word] for word in words if word in _SIDES), -1)
    rest = [word for word in words if word not in _SIDES]
    joined = re.sub(r"\b(upper|up|fore|lower|low|lo) (arm|leg)\b", r"\1\2", " ".join(rest))
    return joined.split(), side


def _likeliest(
    words: list[tuple[list[str], int]], side: int, part: int, above: Optional[int], parents: Optional[Sequence[int]]
) -> Optional[int]:
    best: Optional[tuple[int, int, int]] = None
    for i, (own, own_side) in enumerate(words):
        if own_side != side or any(_NOT_BODY.match(word) for word in own) or (above is not None and not _hangs_below(i, above, parents)):
            continue
        rank = next((r for r, word in enumerate(_WORDS[part]) if word in own), None)
        if rank is not None and (best is None or (rank, len(own), i) < best):
            best = (rank, len(own), i)
    return best[2] if best else None
