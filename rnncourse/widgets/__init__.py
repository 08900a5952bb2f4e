"""Widgets that live in the page: the cell's arithmetic runs there, and NumPy stays the truth.

Each is one Python class (its traits are the state, checked, settable from both sides) over one
ES module. `widget.static_html()` is the same thing as HTML, alive without a kernel.
"""

from rnncourse.widgets.base import Widget
from rnncourse.widgets.cell_explorer import CellExplorer

__all__ = ["CellExplorer", "Widget"]
