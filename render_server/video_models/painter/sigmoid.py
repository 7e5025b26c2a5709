"""The sigmoid in compiled loops."""

from __future__ import annotations

import numpy as np

from render_server.passes.compiled import compiled

# tanh as a fraction of two polynomials in x squared, good to float32's last places
ABOVE = tuple(
    np.float32(a)
    for a in (
        4.89352455891786e-03, 6.37261928875436e-04, 1.48572235717979e-05, 5.12229709037114e-08,
        -8.60467152213735e-11, 2.00018790482477e-13, -2.76076847742355e-16,
    )
)  # fmt: skip
BELOW = tuple(np.float32(b) for b in (4.89352518554385e-03, 2.26843463243900e-03, 1.18534705686654e-04, 1.19825839466702e-06))
FLAT = np.float32(7.905311)  # from where on tanh is 1
HALF = np.float32(0.5)


@compiled
def sigmoid(x: np.float32) -> np.float32:
    """1 / (1 + exp(-x)), in steps that a processor can take for many numbers at once."""
    t = min(max(HALF * x, -FLAT), FLAT)
    s = t * t
    above = ABOVE[0] + s * (ABOVE[1] + s * (ABOVE[2] + s * (ABOVE[3] + s * (ABOVE[4] + s * (ABOVE[5] + s * ABOVE[6])))))
    below = BELOW[0] + s * (BELOW[1] + s * (BELOW[2] + s * BELOW[3]))
    return HALF + HALF * t * above / below
