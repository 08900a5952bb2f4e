"""Corpora and generators. Nothing here is downloaded unless you ask for it by name."""
