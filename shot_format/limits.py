"""Every limit of the format, in one place. The server enforces them; an exporter may rely on them."""

from __future__ import annotations

MAX_JSON_BYTES = 64 * 1024 * 1024  # a whole shot.json
MAX_FRAME_JSON_BYTES = 8 * 1024 * 1024  # one frame on the wire
MAX_JSON_DEPTH = 32
MAX_BLOB_BYTES = 512 * 1024 * 1024
MAX_PACK_BYTES = 8 * 1024 * 1024  # many small blobs in one request
MAX_BEAUTY_BYTES = 64 * 1024 * 1024
MAX_SIDE = 8192  # pixels
MIN_SIDE = 16
MAX_FRAMES = 20_000
MAX_BLEND_KEYS = 256  # a recipe stands in every frame
MAX_COLOUR_KEYS = 256
MAX_COLOURS_BYTES = 32 * 1024  # of a recipe's colour script as JSON
MAX_MESHES = 20_000
MAX_CHARACTERS = 256
MAX_VERTICES = 20_000_000  # a mesh
MAX_TRIANGLES = 20_000_000  # a mesh
MAX_SKIPPED = 10_000
MAX_NAME = 1024  # characters
FRAME_NUMBER = 1_000_000  # frame numbers lie in -FRAME_NUMBER .. FRAME_NUMBER
