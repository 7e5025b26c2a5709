import subprocess
import sys

import pytest

pytest.importorskip("torch")


def run(code):
    return subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=240)


def test_torchvision_imports_beside_this_torch():
    code = """
from render_server.torch_compat import declare_operators
assert declare_operators() is declare_operators()
import torchvision.transforms.v2, torchvision.ops
"""
    done = run(code)
    assert done.returncode == 0, done.stderr


def test_nothing_is_declared_where_the_operators_load():
    # Only what torchvision brings itself may be there afterwards: a second declaration of the same name would break it.
    code = """
import torch
import render_server.torch_compat as compat
compat._operators_load = lambda: True
assert compat.declare_operators() is None
assert not hasattr(torch.ops.torchvision, "nms")
"""
    done = run(code)
    assert done.returncode == 0, done.stderr


def test_the_passes_do_without_torch():
    code = """
import sys
import render_server.passes.raster, render_server.passes.compute, render_server.passes.loader, render_server.passes.pose
assert "torch" not in sys.modules, "torch was imported"
"""
    done = run(code)
    assert done.returncode == 0, done.stderr
