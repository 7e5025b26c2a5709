"""How fast this machine paints: the network beside plain matrix products of the same run, and the strokes' guides by stage."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from render_server.passes.geometry import FrameGeometry, Passes
from render_server.video_models.painter.channels import GUIDES
from render_server.video_models.painter.drawing import draw_strokes, fill_channels, gather_colours, stacked
from render_server.video_models.painter.network import STRIDE, PainterNetwork
from render_server.video_models.painter.pipeline import PainterPipeline, laid_out
from render_server.video_models.painter.pixels import assemble, nothing_carried
from render_server.video_models.painter.processor import fastest_type
from render_server.video_models.painter.scaffold import Scaffold, _picture

WARM_UP = 3
REPEATS = 40
SIDE = 2048  # of the matrices


def bench_network(width: int, height: int) -> dict[str, float]:
    """One frame from guides to bytes, by a network that was never trained: milliseconds, and its share of the machine's arithmetic.

    Rates count the plain network's convolutions, so that fewer multiplications for the same result count as speed: over all of the frame
    (fetching the frame before, laying out the inputs, mixing and rounding the result), and over the network alone.
    """
    network = laid_out(PainterNetwork().eval().requires_grad_(False), "cpu")
    frame = _frame(width, height)
    pipeline = PainterPipeline(network)
    operations = _operations(network, frame)
    matrix = torch.randn(SIDE, SIDE).to(fastest_type("cpu"))
    seconds, alone = _timed(lambda: pipeline(*frame), REPEATS), _timed(_network_alone(pipeline, frame), REPEATS)
    products = _timed(lambda: matrix @ matrix, REPEATS // 4)
    rate, best = operations / statistics.median(seconds), 2 * SIDE**3 / statistics.median(products)
    rate_alone = operations / statistics.median(alone)
    return {
        "width": width,
        "height": height,
        "frame_ms_min": 1e3 * min(seconds),
        "frame_ms_median": 1e3 * statistics.median(seconds),
        "frame_ms_p95": 1e3 * float(np.percentile(seconds, 95)),
        "frame_ms_p99": 1e3 * float(np.percentile(seconds, 99)),
        "frame_fps_median": 1 / statistics.median(seconds),
        "network_ms_median": 1e3 * statistics.median(alone),
        "gflop_a_frame": operations / 1e9,
        "gflop_a_second": rate / 1e9,
        "network_gflop_a_second": rate_alone / 1e9,
        "matrix_gflop_a_second": best / 1e9,
        "percent_of_matrix": 100 * rate / best,
        "network_percent_of_matrix": 100 * rate_alone / best,
        "load_1_min": os.getloadavg()[0],
    }


def _network_alone(pipeline: PainterPipeline, frame: tuple[Any, ...]) -> Callable[[], object]:
    """The fused network on inputs that are laid out already; the whole pipeline where it cannot be fused."""
    if pipeline.fused is None:
        return lambda: pipeline(*frame)
    network, fused = pipeline.network, pipeline.fused
    guides = frame[0].permute(0, 2, 3, 1)[0].contiguous().numpy()
    inputs = assemble(guides, nothing_carried(*guides.shape[:2]), STRIDE, fused.dtype)
    with torch.inference_mode():
        condition = network._condition(torch.tensor([float(frame[4])]), frame[5], network.style.dtype)

    def run() -> object:
        with torch.inference_mode():
            return fused(inputs, condition)

    return run


def bench_strokes(frames: list[tuple[FrameGeometry, Passes]]) -> dict[str, float]:
    """Milliseconds of one thread for each stage of the strokes' guides, the median of some frames; the first only warms up."""
    strokes = Scaffold(1)
    stages = [_stages(strokes, *frame) for frame in frames][1:]
    return {name: 1e3 * statistics.median(stage[name] for stage in stages) for name in stages[0]}


def _frame(width: int, height: int) -> tuple[Any, ...]:
    """Noise in place of everything that the pipeline takes."""
    generator = torch.Generator().manual_seed(1)
    guides, previous = (torch.randint(0, 256, (1, c, height, width), generator=generator, dtype=torch.uint8) for c in (GUIDES, 3))
    motion, visible = torch.randn(1, 2, height, width, generator=generator), torch.ones(1, 1, height, width)
    inner = (part.contiguous(memory_format=torch.channels_last) for part in (guides, motion, visible, previous))
    return (*inner, 9, torch.zeros(1, 6))


def _operations(network: PainterNetwork, frame: tuple[Any, ...]) -> float:
    """Multiplications and additions in the plain network's convolutions."""
    counts: list[int] = []

    def count(layer: nn.Module, inputs: tuple[Tensor, ...], out: Tensor) -> None:
        weights: Tensor = layer.get_parameter("weight")
        counts.append(2 * out.numel() * (weights.numel() // len(weights)))

    hooks = [layer.register_forward_hook(count) for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    guides, _, visible, previous, since_cut, inks = frame
    with torch.inference_mode():
        network(guides / 255.0, previous / 255.0, visible, torch.tensor([float(since_cut)]), inks)
    for hook in hooks:
        hook.remove()
    return float(sum(counts))


def _timed(work: Callable[[], object], repeats: int) -> list[float]:
    seconds = []
    for _ in range(WARM_UP + repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return seconds[WARM_UP:]


def _stages(strokes: Scaffold, geometry: FrameGeometry, passes: Passes) -> dict[str, float]:
    """The steps of Scaffold.draw, timed by this thread's own time, which other work on the machine leaves alone."""
    height, picture = float(geometry.view.height), _picture(geometry, passes, passes.beauty)
    out = np.empty((*passes.depth.shape, 13), np.uint8)
    times = [time.thread_time()]
    rows = strokes._place(geometry, passes, height)
    times.append(time.thread_time())
    rows = rows[stacked(rows, gather_colours(rows, picture))]
    times.append(time.thread_time())
    owner = draw_strokes(rows, picture, strokes.settings.overshoot * height, strokes.settings.bend)
    times.append(time.thread_time())
    fill_channels(out, rows, owner, picture, strokes.settings.bend, strokes.settings.bristle, height, 255.0, 0.5)
    times.append(time.thread_time())
    names = ("place_ms", "colour_ms", "draw_ms", "fill_ms")
    return {**dict(zip(names, np.diff(times).tolist(), strict=True)), "strokes_ms": times[-1] - times[0]}
