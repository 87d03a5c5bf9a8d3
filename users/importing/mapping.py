"""Which column of a file is which field: as its title says by itself, or as somebody has said."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from usersvc.api import words

from . import titles
from .faults import SECRET
from .titles import KNOWN, Target

# Several titles may tell of these, in words of their own; a row chooses by all of them.
TOLD_TOGETHER = ("organization", "connection", "status")
LIKE_ENOUGH = 0.7
LONGEST_TITLE = 100  # of which a sentence repeats so much


@dataclass(frozen=True)
class Problem:
    """What is wrong with a column, and maybe another: a word for programs, and a sentence."""

    title: str
    code: str
    message: str
    other: str = ""


@dataclass(frozen=True)
class ColumnMap:
    """The fields of titles, None for what is left out; any other title speaks for itself."""

    given: Mapping[str, str | None] = field(default_factory=dict)

    def target(self, title: str) -> Target | None:
        """Return what a column means; None where nobody knows."""
        if title not in self.given:
            return titles.target_of(title)
        name = self.given[title]
        return Target() if name is None else titles.target_of(name)

    def changed(self) -> dict[str, str | None]:
        """Return those that mean something else than their titles say."""
        return {
            title: name
            for title, name in self.given.items()
            if self.target(title) != titles.target_of(title)
        }

    def passed_over(self, found: Iterable[str]) -> list[str]:
        """Return those of the titles that say nothing to an import."""
        return [title for title in found if self.target(title) == Target()]

    def problems(self, found: Iterable[str], needed: str | None = None) -> list[Problem]:
        """Return what is wrong with columns of these titles, of which one has to be the needed."""
        there = list(found)
        problems = [*self._unknown(there), *self._twice(there)]
        known = {target.name for title in there if (target := self.target(title))}
        if needed and needed not in known:
            problems.append(Problem(needed, "required", f"no column is called {needed}"))
        return problems

    def own_problems(self) -> list[Problem]:
        """Return what is wrong before any file is looked at."""
        return self.problems(self.given)

    def missing(self, found: Iterable[str]) -> list[Problem]:
        """Return the titles that have a field, and that a file does not have."""
        lacking = self.given.keys() - set(found)
        return [
            Problem(title, "no_such_column", "no column has this title")
            for title in sorted(lacking)
        ]

    def is_secret(self, title: str) -> bool:
        """Return whether nobody may read in a report what the column holds."""
        target = self.target(title)
        return target is not None and target.name in SECRET

    def _unknown(self, found: Iterable[str]) -> Iterator[Problem]:
        for title in found:
            if self.target(title) is not None:
                continue
            name = self.given.get(title)
            if name is None:
                shown = title[:LONGEST_TITLE]
                yield Problem(shown, "unknown_title", titles.unknown(shown))
            else:
                yield Problem(title, "unknown_field", unknown_field(name))

    def _twice(self, found: Iterable[str]) -> Iterator[Problem]:
        seen: dict[Target, str] = {}
        for title in found:
            target = self.target(title)
            if not target or not target.name:
                continue
            first = seen.setdefault(target, title)
            if first != title and not self._is_fine_twice(target, first, title):
                other = first[:LONGEST_TITLE]
                message = f"is {field_of(target)}, and so is `{other}`"
                yield Problem(title[:LONGEST_TITLE], "field_twice", message, other)

    def _is_fine_twice(self, target: Target, *both: str) -> bool:
        """Return whether two columns may be one field: nobody has said so, or they say it all."""
        if not any(title in self.given for title in both):
            return True  # each row tells whether they differ
        own = all(titles.target_of(title) == target for title in both)
        return own and target.name in TOLD_TOGETHER


def field_of(target: Target) -> str:
    """Return the word that means a target, "" for one that is passed over."""
    if target.is_export:
        return titles.EXPORT_STATUS[-1]
    return ".".join([target.name, *target.steps])


def unknown_field(name: str) -> str:
    """Return the sentence that refuses a field."""
    near = words.nearest(name, KNOWN)
    return f"unknown field `{name[:LONGEST_TITLE]}`{near}; allowed: {', '.join(titles.SPELLINGS)}"


def guess(title: str) -> str | None:
    """Return the field that a title says by itself, "" for what is passed over, None for none."""
    target = titles.target_of(title)
    return None if target is None else field_of(target)


def respelled(title: str) -> str:
    """Return the field that a title says with other signs between its letters; "" for none."""
    letters = "".join(filter(str.isalnum, title.casefold()))
    return {word.replace("_", ""): name for word, name in titles.WORDS.items()}.get(letters, "")


def suggestion(title: str) -> str:
    """Return the field that an unknown title may mean; "" where none is near."""
    word = "".join(sign if sign.isalnum() else "_" for sign in title.casefold()).strip("_")
    near = get_close_matches(word[:LONGEST_TITLE], titles.WORDS, n=1, cutoff=LIKE_ENOUGH)
    found = next((part for part in [*near, *word.split("_")] if part in titles.WORDS), "")
    return respelled(title) or titles.WORDS.get(found, "")


def metadata_path(root: str, title: str) -> str:
    """Return the path of a key of metadata that is called as a title, as far as a path can."""
    key = "".join("_" if sign in ".[]" else sign for sign in title.strip())
    return f"{root}.{key or '_'}"
