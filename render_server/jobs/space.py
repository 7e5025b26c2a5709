"""How much room the disk has."""

from __future__ import annotations

import shutil

from render_server.jobs.data_folder import DataFolder
from shot_format.errors import StorageError
from shot_format.files import storage_errors


def free_bytes(files: DataFolder) -> int:
    """Count the bytes that may still be written."""
    with storage_errors(files.root):
        return shutil.disk_usage(files.root).free


def check_floor(files: DataFolder, floor: int) -> None:
    """Refuse work that the disk may not hold. Raises StorageError ("disk-full")."""
    free = free_bytes(files)
    if free < floor:
        raise StorageError(
            "disk-full",
            f"Only {free >> 20} MiB are free below {files.root} and {floor >> 20} MiB must be; free some, then ask again.",
        )
