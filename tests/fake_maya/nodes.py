"""Node types of the fake scene, their attributes and defaults; no others can be made or set."""

from __future__ import annotations

from typing import Any

IDENTITY = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)

_NODE: dict[str, Any] = {"message": None, "caching": False, "nodeState": 0}
_DAG: dict[str, Any] = {
    **_NODE,
    "visibility": True, "intermediateObject": False, "template": False, "lodVisibility": True, "hiddenInOutliner": False,
    "overrideEnabled": False, "overrideVisibility": True, "overrideDisplayType": 0, "drawOverride": None, "worldMatrix": None,
}  # fmt: skip
_TRANSFORM: dict[str, Any] = {
    **_DAG,
    "translate": (0.0, 0.0, 0.0), "rotate": (0.0, 0.0, 0.0), "scale": (1.0, 1.0, 1.0), "rotateOrder": 0, "offsetParentMatrix": IDENTITY,
    "inheritsTransform": True,
}  # fmt: skip
_CAMERA: dict[str, Any] = {
    **_DAG,
    "focalLength": 35.0, "horizontalFilmAperture": 1.41732, "verticalFilmAperture": 0.94488, "horizontalFilmOffset": 0.0,
    "verticalFilmOffset": 0.0, "filmFit": 0, "filmFitOffset": 0.0, "preScale": 1.0, "postScale": 1.0, "filmTranslateH": 0.0,
    "filmTranslateV": 0.0, "filmRollValue": 0.0, "lensSqueezeRatio": 1.0, "overscan": 1.0, "nearClipPlane": 0.1, "farClipPlane": 10000.0,
    "orthographic": False, "orthographicWidth": 10.0, "cameraScale": 1.0, "panZoomEnabled": False, "renderPanZoom": False,
    "horizontalPan": 0.0, "verticalPan": 0.0, "zoom": 1.0, "depthOfField": False, "displayGateMask": False, "displayResolution": False,
    "displayFilmGate": False, "displayFieldChart": False, "displaySafeAction": False, "displaySafeTitle": False, "displayFilmPivot": False,
    "displayFilmOrigin": False, "shakeEnabled": False, "horizontalShake": 0.0, "verticalShake": 0.0, "shakeOverscanEnabled": False,
    "shakeOverscan": 1.0, "renderable": False, "imagePlane": None,
}  # fmt: skip
_PLANE: dict[str, Any] = {
    **_DAG,
    "imageName": "", "type": 0, "useFrameExtension": False, "frameExtension": 0, "frameOffset": 0, "frameIn": 0, "frameOut": 0,
    "frameCache": 0, "fit": 1, "displayMode": 3, "displayOnlyIfCurrent": False, "depth": 100.0, "alphaGain": 1.0, "sizeX": 1.0,
    "sizeY": 1.0, "offsetX": 0.0, "offsetY": 0.0, "rotate": 0.0, "colorSpace": "sRGB", "ignoreColorSpaceFileRules": False,
    "lookThroughCamera": None,
    "lockedToCamera": True,
}  # fmt: skip
_MATERIAL: dict[str, Any] = {**_NODE, "color": (0.5, 0.5, 0.5), "outColor": (0.0, 0.0, 0.0)}
_SHAPE: dict[str, Any] = dict(_DAG)
_BONES = [f"{side}{bone}" for side in ("Left", "Right") for bone in ("Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot", "Shoulder")]

SCHEMA: dict[str, dict[str, Any]] = {
    "transform": _TRANSFORM,
    "joint": {**_TRANSFORM, "side": 0, "type": 0, "otherType": "", "radius": 1.0},
    "camera": _CAMERA,
    "stereoRigCamera": _CAMERA,
    "mesh": {**_DAG, "displaySmoothMesh": 0, "smoothLevel": 2},
    "imagePlane": _PLANE,
    "locator": _SHAPE,
    "nurbsSurface": _SHAPE,
    "fluidShape": _SHAPE,
    "pfxHair": _SHAPE,
    "nParticle": _SHAPE,
    "gpuCache": _SHAPE,
    "displayLayer": {**_NODE, "visibility": True, "drawInfo": None},
    "lambert": _MATERIAL,
    "standardSurface": {**_NODE, "base": 1.0, "baseColor": (0.8, 0.8, 0.8), "outColor": (0.0, 0.0, 0.0)},
    "file": {**_NODE, "fileTextureName": "", "outColor": (0.0, 0.0, 0.0)},
    "shadingEngine": {**_NODE, "surfaceShader": None},
    "objectSet": _NODE,
    "HIKCharacterNode": {**_NODE, **dict.fromkeys(_BONES)},
    "time": {**_NODE, "outTime": 0.0},
    "reference": _NODE,
    "resolution": {**_NODE, "width": 960, "height": 540, "pixelAspect": 1.0, "deviceAspectRatio": 960 / 540},
    "shot": {**_NODE, "startTime": 1.0, "endTime": 24.0, "shotName": "", "currentCamera": ""},
}
DAG_TYPES = frozenset(name for name, attributes in SCHEMA.items() if "visibility" in attributes and name != "displayLayer")
SHAPES = DAG_TYPES - {"transform", "joint"}
CHILDREN = {"translate": "XYZ", "rotate": "XYZ", "scale": "XYZ", "color": "RGB", "baseColor": "RGB", "outColor": "RGB"}
LINEAR = frozenset(("translate", "translateX", "translateY", "translateZ", "nearClipPlane", "farClipPlane", "orthographicWidth", "depth"))
UNITS = {"mm": 0.1, "cm": 1.0, "m": 100.0, "in": 2.54, "ft": 30.48}  # centimetres
