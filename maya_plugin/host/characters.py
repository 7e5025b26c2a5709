"""The scene's characters: skeletons whose joints are known by a mapping of the artist's, by HumanIK, by their labels, or by their names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from maya import cmds
from maya.api import OpenMaya as om

from maya_plugin.host.nodes import METRES, dag_path
from maya_plugin.workflow.workplace import Figure
from shot_format.joint_names import BODY, ENOUGH, NO_MATCH, JointMatch, key_points, match_joints
from shot_format.shot import CharacterPose, Skipped

RIGHT, LEFT = 2, 1  # a joint's side label
# A joint's type label, and the key points it stands for on the right and on the left.
LABELS = {10: (2, 5), 11: (3, 6), 12: (4, 7), 2: (8, 11), 3: (9, 12), 4: (10, 13)}
FACE = (0, 14, 15, 16, 17)
HUMANIK_NODE = "HIKCharacterNode"
HUMANIK_BONES = {
    2: "RightArm", 3: "RightForeArm", 4: "RightHand", 5: "LeftArm", 6: "LeftForeArm", 7: "LeftHand",
    8: "RightUpLeg", 9: "RightLeg", 10: "RightFoot", 11: "LeftUpLeg", 12: "LeftLeg", 13: "LeftFoot",
}  # fmt: skip
NOWHERE = (0.0, 0.0, 0.0)
Mapping = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Character:
    """A skeleton that is a figure: its joints' paths, and which of them stands for which key point."""

    name: str
    joints: tuple[om.MDagPath, ...]
    match: JointMatch

    def pose(self) -> CharacterPose:
        """Its key points at the present frame, in metres."""
        needed = set(self.match.joints)
        positions = [_position(joint) if number in needed else NOWHERE for number, joint in enumerate(self.joints)]
        return CharacterPose(self.name, key_points(self.match, positions))


def find_characters(mapping: Mapping) -> tuple[tuple[Character, ...], list[Skipped]]:
    """The scene's characters, and the skeletons that are none that we know. mapping: as CaptureRequest.joints has it."""
    mapped = [_mapped(name, joints) for name, joints in mapping]
    taken = {name for name, _ in mapping}
    found, skipped, bones = [], [], _humanik_bones()
    for root, joints in _skeletons().items():
        name = _name_of(root)
        match = _match(joints, bones)
        if match == NO_MATCH:
            skipped.append(Skipped(name, "its joints are no figure that is known by name; map them to take its pose"))
        elif name not in taken:
            found.append(Character(name, tuple(map(dag_path, joints)), match))
    return _with_names_of_their_own((*mapped, *found)), skipped


def find_figures(mapping: Mapping) -> tuple[Figure, ...]:
    """Every skeleton of the scene, for an artist who maps joints: those that are recognised, and those that are not."""
    chosen, bones, found = dict(mapping), _humanik_bones(), []
    for root, joints in _skeletons().items():
        name, match = _name_of(root), _match(joints, bones)
        short = tuple(str(each) for each in cmds.ls(*joints) or [])
        own = chosen.get(name)
        points = own or tuple("" if number is None else short[number] for number in match.joints)
        found.append(Figure(name, "mapped" if own else match.rig, match.score, short, points))
    return tuple(found)


def _skeletons() -> dict[str, list[str]]:
    """Every joint by the topmost joint above it, parents before children."""
    roots: dict[str, list[str]] = {}
    for joint in sorted(cmds.ls(type="joint", long=True) or [], key=lambda path: path.count("|")):
        root = next((root for root in roots if joint.startswith(root + "|")), joint)
        roots.setdefault(root, []).append(joint)
    return {root: joints for root, joints in roots.items() if len(joints) > 1}


def _match(joints: list[str], bones: dict[str, int]) -> JointMatch:
    by_name = match_joints(joints, _parents(joints))
    for rig, points in (("humanik", bones), ("labels", _labels(joints))):
        match = _by_points(rig, joints, points, by_name)
        if match.score >= ENOUGH:
            return match
    return by_name


def _parents(joints: list[str]) -> list[int]:
    """For each joint the nearest joint above it; other transforms may stand between them."""
    numbers = {path: number for number, path in enumerate(joints)}
    return [_nearest(path, numbers) for path in joints]


def _nearest(path: str, numbers: dict[str, int]) -> int:
    while path:
        path = path.rpartition("|")[0]
        if path in numbers:
            return numbers[path]
    return -1


def _humanik_bones() -> dict[str, int]:
    """The joints that the scene's HumanIK characters are defined with, and the key points that they stand for."""
    if HUMANIK_NODE not in cmds.allNodeTypes():
        return {}
    found: dict[str, int] = {}
    for node in cmds.ls(type=HUMANIK_NODE) or []:
        for point, bone in HUMANIK_BONES.items():
            joints = cmds.listConnections(f"{node}.{bone}", source=True, destination=False) or []
            found.update(dict.fromkeys(cmds.ls(*joints, long=True) or [] if joints else [], point))
    return found


def _labels(joints: list[str]) -> dict[str, int]:
    """The key points that joints stand for by the labels that HumanIK, and FBX files that come from it, give them."""
    found: dict[str, int] = {}
    for joint in joints:
        sides = LABELS.get(cmds.getAttr(f"{joint}.type"))
        side = cmds.getAttr(f"{joint}.side") if sides else 0
        if sides and side in (LEFT, RIGHT):
            found[joint] = sides[0] if side == RIGHT else sides[1]
    return found


def _by_points(rig: str, joints: list[str], points: dict[str, int], by_name: JointMatch) -> JointMatch:
    """A match from what is known of single joints; of several for one key point the topmost counts. Faces are found by name only."""
    chosen: list[Optional[int]] = [None] * 18
    for number, joint in enumerate(joints):
        point = points.get(joint)
        if point is not None and chosen[point] is None:
            chosen[point] = number
    for point in FACE:
        chosen[point] = by_name.joints[point]
    found = sum(chosen[point] is not None for point in BODY)
    return JointMatch(rig, tuple(chosen), found / len(BODY))


def _mapped(name: str, joints: tuple[str, ...]) -> Character:
    present = [joint for joint in joints if joint]
    points = tuple(present.index(joint) if joint else None for joint in joints)
    return Character(name, tuple(map(dag_path, present)), JointMatch("mapped", points, 1.0))


def _name_of(root: str) -> str:
    """A character's name: its outermost namespace, else its root's own name."""
    leaf = root.rpartition("|")[2]
    return leaf.rpartition(":")[0] or leaf


def _with_names_of_their_own(characters: tuple[Character, ...]) -> tuple[Character, ...]:
    seen: dict[str, int] = {}
    named = []
    for each in characters:
        seen[each.name] = seen.get(each.name, 0) + 1
        name = each.name if seen[each.name] == 1 else f"{each.name} {seen[each.name]}"
        named.append(Character(name, each.joints, each.match))
    return tuple(named)


def _position(joint: om.MDagPath) -> tuple[float, float, float]:
    matrix = joint.inclusiveMatrix()
    return (matrix[12] * METRES, matrix[13] * METRES, matrix[14] * METRES)
