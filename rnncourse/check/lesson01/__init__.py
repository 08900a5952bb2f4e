"""Exercises of lesson 01: a window net, how it is judged, and a net with a state."""

from rnncourse.check.lesson01 import judging, state, window

EXERCISES = [*window.EXERCISES, *judging.EXERCISES, *state.EXERCISES]
