"""The package behind the course on recurrent networks.

Importing it loads nothing heavy: import what you need, for example
``from rnncourse import cells``.
"""

__version__ = "0.1.0"
