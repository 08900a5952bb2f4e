"""What a matrix does once and what its powers do: the pictures of lesson 04."""

import numpy as np
from matplotlib.patches import FancyArrowPatch

from .style import GATE

GREY = "0.45"


def unit_circle(ax, W):
    """Draw the unit circle and its image under v -> v W, for a real 2 x 2 matrix W.

    The half axes of the ellipse are the singular values, drawn as arrows; a thin line runs along
    each real eigenvector, whose direction W keeps.
    """
    angle = np.linspace(0, 2 * np.pi, 200)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    image = circle @ W
    reach = 1.15 * max(1.2, abs(image).max())
    values, vectors = np.linalg.eig(W.T)
    for value, vector in zip(values, vectors.T, strict=True):
        if np.isreal(value):
            ax.axline((0, 0), vector.real, color=GREY, lw=1, ls=(0, (1, 2)))
    ax.plot(*circle.T, color=GREY, ls=(0, (4, 2)), label="unit circle")
    ax.plot(*image.T, color="C0", label="its image")
    left, stretch, _ = np.linalg.svd(W)
    for start, colour in zip(left.T, ("C1", "C2"), strict=True):
        ax.annotate("", start @ W, (0, 0), arrowprops={"arrowstyle": "-|>", "color": colour})
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal",
           title=rf"$\sigma_1 = {stretch[0]:.2f}$, $\sigma_2 = {stretch[1]:.2f}$")


def eigenvalues(ax, W, label=None):
    """Draw the eigenvalues of W in the complex plane, with the unit circle."""
    values = np.linalg.eigvals(W)
    angle = np.linspace(0, 2 * np.pi, 200)
    ax.plot(np.cos(angle), np.sin(angle), color=GREY, ls=(0, (4, 2)))
    ax.plot(values.real, values.imag, "o", color="C0", ms=7 if len(W) < 5 else 3, alpha=0.7,
            label=label)
    reach = 1.15 * max(1.0, abs(values).max())
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel="real part",
           ylabel="imaginary part", title=rf"$\rho = {abs(values).max():.2f}$")


def powers(ax, W, steps=100):
    """Draw the norm of W^k against k, between what its radius and its norm suggest."""
    k = np.arange(steps + 1)
    norms = [np.linalg.norm(np.linalg.matrix_power(W, int(n)), 2) for n in k]
    radius, norm = abs(np.linalg.eigvals(W)).max(), np.linalg.norm(W, 2)
    ax.semilogy(k, norm**k, color=GREY, lw=1.2, ls=(0, (1, 1.2)), label=r"$\sigma_1^k$")
    ax.semilogy(k, norms, color="C0", label=r"$\Vert W^k \Vert$")
    ax.semilogy(k, radius**k, color=GATE["f"], ls=(0, (5, 1.5)), label=r"$\rho^k$")
    ax.set(xlabel="steps k", ylabel="stretch (log scale)", title=f"peak {max(norms):.3g}",
           ylim=(min(min(norms), radius**steps) / 3, 10 * max(norms)))
    ax.legend()


def cliff(ax, w, b, loss):
    """Draw a loss over two parameters: w (N,), b (M,) and loss (M, N), dark where it is high."""
    mesh = ax.pcolormesh(w, b, loss, cmap="Greys", rasterized=True)
    ax.figure.colorbar(mesh, ax=ax, label="loss")
    ax.set(xlabel="recurrent weight w", ylabel="bias b")
    ax.grid(False)


def step_from(ax, start, end, name, colour, ls="-"):
    """Draw one update of (w, b) as an arrow, named in the legend, up to the edge of the map."""
    ax.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=14, color=colour,
                                 ls=ls, lw=1.8, shrinkA=0, shrinkB=0))
    ax.plot([], [], color=colour, ls=ls, label=name)
    ax.plot(*start, "o", color=colour, ms=5)
