"""The notebooks are built here, in one direction: from the scripts in source/ to .ipynb."""

from .command import main

__all__ = ["main"]
