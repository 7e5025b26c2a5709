"""The road to the server: upload, submit, follow, fetch. No Maya, no Qt; needs httpx and shot_format."""

from maya_plugin.client.address import Address, find_server
from maya_plugin.client.connection import Connection, Patience
from maya_plugin.client.fetch import FrameRequest, fetch_frame
from maya_plugin.client.follow import follow
from maya_plugin.client.health import check_server
from maya_plugin.client.jobs import cancel_job, get_job, list_jobs, list_looks, submit
from maya_plugin.client.paint import paint_shot
from maya_plugin.client.pairing import forget_pairing, read_pairing, save_pairing
from maya_plugin.client.passes import fetch_passes
from maya_plugin.client.take import Progress, ShotStream, ShotThere, Take, TakeFrame
from maya_plugin.client.upload import ShotUpload, shot_status, upload_folder

__all__ = [
    "Address",
    "Connection",
    "FrameRequest",
    "Patience",
    "Progress",
    "ShotStream",
    "ShotThere",
    "ShotUpload",
    "Take",
    "TakeFrame",
    "cancel_job",
    "check_server",
    "fetch_frame",
    "fetch_passes",
    "find_server",
    "follow",
    "forget_pairing",
    "get_job",
    "list_jobs",
    "list_looks",
    "paint_shot",
    "read_pairing",
    "save_pairing",
    "shot_status",
    "submit",
    "upload_folder",
]
