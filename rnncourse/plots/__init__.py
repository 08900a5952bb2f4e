"""Figures of the course. Every function takes an ax, draws on it and returns nothing."""

from .curves import lines, reference, spread
from .flow import gradient_flow
from .reach import reach
from .spectra import cliff, eigenvalues, powers, step_from, unit_circle
from .style import DASH, GATE, GATE_NAME, diverging, use_style
from .traces import traces
from .unrolled import unrolled

__all__ = [
    "DASH", "GATE", "GATE_NAME", "cliff", "diverging", "eigenvalues", "gradient_flow",
    "lines", "powers", "reach", "reference", "spread",
    "step_from", "traces", "unit_circle", "unrolled", "use_style",
]
