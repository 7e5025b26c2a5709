"""Joint names of many rigs, and the key points found among them."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from shot_format.joint_names import BODY, COCO_18, NO_MATCH, bare_name, key_points, match_joints

# rig: shoulder, elbow, wrist, hip, knee, ankle as {R}/{L} templates, then bones that must not be taken for them
RIGS = {
    "mixamo": ("mixamorig:{S}Arm mixamorig:{S}ForeArm mixamorig:{S}Hand mixamorig:{S}UpLeg mixamorig:{S}Leg mixamorig:{S}Foot",
               "mixamorig:Hips mixamorig:{S}Shoulder mixamorig:{S}ToeBase mixamorig:{S}HandIndex1 mixamorig:Neck mixamorig:Head"),
    "mixamo_underscore": ("mixamorig_{S}Arm mixamorig_{S}ForeArm mixamorig_{S}Hand mixamorig_{S}UpLeg mixamorig_{S}Leg mixamorig_{S}Foot",
                          "mixamorig_Hips mixamorig_{S}Shoulder mixamorig_{S}HandThumb1"),
    "motionbuilder": ("Character1_{S}Arm Character1_{S}ForeArm Character1_{S}Hand Character1_{S}UpLeg Character1_{S}Leg Character1_{S}Foot",
                      "Character1_Hips Character1_{S}Shoulder Character1_{S}ArmRoll Character1_{S}InHandIndex"),
    "unreal": ("upperarm_{s} lowerarm_{s} hand_{s} thigh_{s} calf_{s} foot_{s}",
               "root pelvis clavicle_{s} upperarm_twist_01_{s} lowerarm_twist_01_{s} ik_hand_{s} ik_foot_{s} ball_{s} thigh_twist_01_{s}"),
    "advanced_skeleton": ("Shoulder_{X} Elbow_{X} Wrist_{X} Hip_{X} Knee_{X} Ankle_{X}",
                          "Root_M Scapula_{X} ShoulderPart1_{X} ElbowPart1_{X} HipPart1_{X} Toes_{X} Neck_M Head_M"),
    "namespaced": ("hero_v02:rig:Shoulder_{X} hero_v02:rig:Elbow_{X} hero_v02:rig:Wrist_{X} hero_v02:rig:Hip_{X} hero_v02:rig:Knee_{X} "
                   "hero_v02:rig:Ankle_{X}", "hero_v02:rig:Root_M hero_v02:rig:Scapula_{X}"),
    "mgear": ("arm_{X}0_0_jnt arm_{X}0_4_jnt arm_{X}0_end_jnt leg_{X}0_0_jnt leg_{X}0_4_jnt leg_{X}0_end_jnt",
              "spine_C0_0_jnt shoulder_{X}0_shoulder_jnt arm_{X}0_1_jnt arm_{X}0_2_jnt arm_{X}0_3_jnt arm_{X}0_5_jnt arm_{X}0_6_jnt "
              "leg_{X}0_1_jnt leg_{X}0_2_jnt leg_{X}0_3_jnt leg_{X}0_5_jnt leg_{X}0_6_jnt neck_C0_0_jnt"),
    "mgear_epic": ("arm_{X}0_upperarm_Jnt arm_{X}0_lowerarm_Jnt arm_{X}0_hand_Jnt leg_{X}0_thigh_Jnt leg_{X}0_calf_Jnt leg_{X}0_foot_Jnt",
                   "spine_C0_pelvis_Jnt shoulder_{X}0_0_Jnt arm_{X}0_upperarm_twist_01_Jnt leg_{X}0_ball_Jnt"),
    "rigify": ("DEF-upper_arm.{X} DEF-forearm.{X} DEF-hand.{X} DEF-thigh.{X} DEF-shin.{X} DEF-foot.{X}",
               "DEF-spine DEF-shoulder.{X} DEF-upper_arm.{X}.001 DEF-forearm.{X}.001 DEF-thigh.{X}.001 DEF-toe.{X} DEF-spine.006"),
    "rigify_fbx": ("DEFFBXASC045upper_armFBXASC046{X} DEFFBXASC045forearmFBXASC046{X} DEFFBXASC045handFBXASC046{X} "
                   "DEFFBXASC045thighFBXASC046{X} DEFFBXASC045shinFBXASC046{X} DEFFBXASC045footFBXASC046{X}",
                   "root DEFFBXASC045shoulderFBXASC046{X}"),
    "daz": ("{s}ShldrBend {s}ForearmBend {s}Hand {s}ThighBend {s}Shin {s}Foot",
            "hip pelvis {s}Collar {s}ShldrTwist {s}ForearmTwist {s}ThighTwist {s}Metatarsals neckLower head"),
    "character_creator": ("CC_Base_{X}_Upperarm CC_Base_{X}_Forearm CC_Base_{X}_Hand CC_Base_{X}_Thigh CC_Base_{X}_Calf CC_Base_{X}_Foot",
                          "CC_Base_Hip CC_Base_{X}_Clavicle CC_Base_{X}_UpperarmTwist01 CC_Base_{X}_CalfTwist01 CC_Base_{X}_ToeBase"),
    "biped": ("Bip01 {X} UpperArm|Bip01 {X} Forearm|Bip01 {X} Hand|Bip01 {X} Thigh|Bip01 {X} Calf|Bip01 {X} Foot",
              "Bip01 Pelvis|Bip01 {X} Clavicle|Bip01 {X} Toe0|Bip01 {X} Finger0"),
    "cmu": ("{X}humerus {X}radius {X}wrist {X}femur {X}tibia {X}foot", "root {X}hipjoint {X}clavicle {X}hand {X}fingers {X}toes lowerback"),
    "smpl": ("{X}_Shoulder {X}_Elbow {X}_Wrist {X}_Hip {X}_Knee {X}_Ankle", "Pelvis {X}_Collar {X}_Hand {X}_Foot Spine1"),
    "homemade": ("{side}_upArm_bind {side}_loArm_bind {side}_hand_bind {side}_upLeg_bind {side}_loLeg_bind {side}_foot_bind",
                 "cog_bind {side}_clavicle_bind {side}_upArm_twist_bind {side}_hand_ik {side}_thumb_01_bind"),
}  # fmt: skip
SIDES = ({"S": "Right", "s": "r", "X": "R", "side": "right"}, {"S": "Left", "s": "l", "X": "L", "side": "left"})


def words(text: str) -> list[str]:
    return text.split("|") if "|" in text else text.split()


def skeleton(rig: str) -> tuple[list[str], list[int], list[str]]:
    """Names and parents in a shuffled but fixed order, and the names wanted for BODY."""
    body, others = RIGS[rig]
    names, parent = ["world"], {"world": ""}
    wanted = []
    for first, last in ((0, 3), (3, 6)):
        for side in SIDES:
            above = "world"
            for template in words(body)[first:last]:
                name = template.format(**side)
                parent[name], above = above, name
                names.append(name)
                wanted.append(name)
    for template in words(others):
        for side in SIDES:
            name = template.format(**side)
            if name not in parent:
                parent[name] = "world"
                names.append(name)
    random.Random(5).shuffle(names)
    return names, [names.index(parent[name]) if parent[name] else -1 for name in names], wanted


@pytest.mark.parametrize("rig", RIGS)
@pytest.mark.parametrize("with_parents", [True, False])
def test_finds_arms_and_legs(rig: str, with_parents: bool) -> None:
    names, parents, wanted = skeleton(rig)
    match = match_joints(names, parents if with_parents else None)
    assert [names[match.joints[key]] if match.joints[key] is not None else None for key in BODY] == wanted  # type: ignore[index]
    assert match.score == 1.0


def test_a_shoulder_is_the_upper_arm_not_the_collar_bone() -> None:
    names = ["LeftShoulder", "LeftArm", "LeftForeArm", "LeftHand", "RightShoulder", "RightArm", "RightForeArm", "RightHand"]
    match = match_joints(names, [-1, 0, 1, 2, -1, 4, 5, 6])
    assert match.joints[5] == 1 and match.joints[2] == 5


def test_a_joint_on_the_wrong_branch_is_not_taken() -> None:
    names, parents, _ = skeleton("unreal")
    parents[names.index("hand_l")] = names.index("pelvis")
    match = match_joints(names, parents)
    assert match.joints[COCO_18.index("left_wrist")] is None
    assert match.score == 11 / 12


@pytest.mark.parametrize(
    "names", [[], ["crane_base", "crane_arm_01", "crane_arm_02", "hook"], ["joint1"] * 4, ["L_wing", "R_wing", "tail"]]
)
def test_what_is_no_figure_is_not_made_one(names: list[str]) -> None:
    assert match_joints(names, [-1] * len(names)) == NO_MATCH


def test_eyes_are_found_and_ears_not_invented() -> None:
    names, parents, _ = skeleton("mixamo")
    names += ["mixamorig:LeftEye", "mixamorig:RightEye"]
    match = match_joints(names, [*parents, 0, 0])
    assert match.joints[14] == len(names) - 1 and match.joints[15] == len(names) - 2
    assert match.joints[16] is None and match.joints[17] is None and match.joints[0] is None


def test_the_neck_is_the_middle_of_the_shoulders() -> None:
    names, parents, _ = skeleton("unreal")
    match = match_joints(names, parents)
    positions = [(float(i), 2.0 * i, 1.0) for i in range(len(names))]
    points = key_points(match, positions)
    right, left = positions[match.joints[2] or 0], positions[match.joints[5] or 0]
    assert points[1] == ((right[0] + left[0]) / 2, (right[1] + left[1]) / 2, 1.0, 1.0)
    assert points[0] == (0.0, 0.0, 0.0, 0.0) and match.joints[1] is None


def test_without_both_shoulders_there_is_no_neck() -> None:
    names, parents, _ = skeleton("unreal")
    names[names.index("upperarm_l")] = "something"
    points = key_points(match_joints(names, parents), [(1.0, 1.0, 1.0)] * len(names))
    assert points[1][3] == 0.0 and points[5][3] == 0.0 and points[2][3] == 1.0


def test_bare_names() -> None:
    assert bare_name("|grp|ns:a:LeftArm") == "LeftArm"
    assert bare_name("Hips/LHipJoint/LeftUpLeg") == "LeftUpLeg"
    assert bare_name("DEFFBXASC045handFBXASC046L") == "DEF-hand.L"


def test_parents_in_a_circle_do_no_harm() -> None:
    names, _, _ = skeleton("unreal")
    match_joints(names, [(i + 1) % len(names) for i in range(len(names))])


def test_needs_nothing_but_the_standard_library() -> None:
    script = "import sys, shot_format.joint_names; print([m for m in sys.modules if m.split('.')[0] in ('numpy', 'pxr', 'maya')])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
