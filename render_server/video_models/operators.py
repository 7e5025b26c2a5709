"""Import this module before diffusers, which imports torchvision on its way: beside a CPU torch that only works after torch_compat."""

from __future__ import annotations

from render_server.torch_compat import declare_operators

DECLARED = declare_operators()
