"""Sentences about words: what was meant, and what is allowed."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


def nearest(word: str, known: Sequence[str]) -> str:
    """Return ", did you mean `x`?" for the nearest known word, or nothing when none is near."""
    folded = {name.casefold(): name for name in known}
    matches = get_close_matches(word.casefold()[:100], list(folded), n=1, cutoff=0.6)
    return f" (did you mean `{folded[matches[0]]}`?)" if matches else ""


def unknown(what: str, word: str, known: Iterable[str]) -> str:
    """Return the sentence that refuses an unknown word and helps to the right one."""
    names = list(known)
    return f"unknown {what}{nearest(word, names)}; allowed: {', '.join(names) or 'none'}"
