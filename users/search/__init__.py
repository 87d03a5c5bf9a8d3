"""Finding people by what their texts hold: an index of trigrams narrows, the text decides."""

from .terms import matching

__all__ = ["matching"]
