"""Exercises of lesson 02: the step, the sequence, the output layer, the batch."""

from rnncourse.check.lesson02 import patterns, step, whole

EXERCISES = [*step.EXERCISES, *whole.EXERCISES, *patterns.EXERCISES]
