"""The pictures of lessons 03 and 04 show the numbers they were given."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch

from rnncourse import plots

SHEAR = np.array([[0.9, 5.0], [0.0, 0.9]])


@pytest.fixture
def ax():
    fig, ax = plt.subplots()
    yield ax
    plt.close(fig)


def drawn(ax):
    """How many arrows, how many pairs of scissors, and the numbers under the states."""
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    texts = [text.get_text() for text in ax.texts]
    numbers = [float(text) for text in texts if text[0].isdigit()]
    return len(arrows), texts.count("✂"), numbers


def test_every_edge_carries_the_gradient_when_none_is_cut(ax):
    plots.gradient_flow(ax, [0.1, 0.5, 2.0], losses=[2])
    assert drawn(ax) == (3, 0, [0.1, 0.5, 2.0])     # one from the loss, two along the states


def test_nothing_flows_past_a_cut(ax):
    plots.gradient_flow(ax, [0.0, 0.0, 0.5, 2.0], losses=[3], cut=[2])
    assert drawn(ax) == (2, 1, [0.0, 0.0, 0.5, 2.0])


def test_no_gradient_at_all_can_be_drawn(ax):
    plots.gradient_flow(ax, [0.0, 0.0], losses=[])
    assert drawn(ax) == (0, 0, [0.0, 0.0])


def test_the_half_axes_of_the_image_are_the_singular_values(ax):
    plots.unit_circle(ax, SHEAR)
    image = next(line for line in ax.lines if line.get_label() == "its image")
    lengths = np.hypot(*image.get_data())
    assert lengths.max() == pytest.approx(np.linalg.norm(SHEAR, 2), rel=1e-3)
    ends = sorted(np.hypot(*text.xy) for text in ax.texts)
    assert ends == pytest.approx(sorted(np.linalg.svd(SHEAR)[1]))


def test_a_kept_direction_is_kept(ax):
    plots.unit_circle(ax, SHEAR)
    kept = np.array([line.get_xy2() for line in ax.lines if hasattr(line, "get_xy2")])
    assert len(kept)
    for direction in kept:
        image = direction @ SHEAR
        assert np.cross([*direction, 0], [*image, 0]) == pytest.approx(0, abs=1e-6)


def test_the_powers_peak_before_they_fall(ax):
    plots.powers(ax, SHEAR)
    norms = next(line for line in ax.lines if "W^k" in line.get_label()).get_ydata()
    assert norms.argmax() == 9 and norms[9] == pytest.approx(19.4, abs=0.05) and norms[100] < 0.02


def test_every_eigenvalue_is_a_point(ax):
    W = np.random.default_rng(0).normal(size=(7, 7))
    plots.eigenvalues(ax, W)
    x, y = ax.lines[-1].get_data()
    assert sorted(x + 1j * y) == pytest.approx(sorted(np.linalg.eigvals(W)))
