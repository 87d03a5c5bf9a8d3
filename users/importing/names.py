"""Names of what people belong to: organizations, connections, roles, groups and tags."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from usersvc.api.words import nearest

from .. import rules
from ..models import Connection, Group, Organization, Role, Tag
from ..text import fold

SEPARATORS = re.compile(r"(, |[;,])")
MOST_NAMES = 200
# Looking for the name that was meant takes time.
MOST_LOOKED_THROUGH = 1000
MOST_REMEMBERED, LONGEST_REMEMBERED = 10_000, 1000


class Names:
    """Things of one kind by their names, alone or joined as exports join them."""

    def __init__(self, word: str, pairs: Iterable[tuple[Any, str]]) -> None:
        self._word = word
        self._known = {fold(name): (pk, name) for pk, name in pairs}
        self._most_parts = 1 + max((len(SEPARATORS.findall(key)) for key in self._known), default=0)
        self._read: dict[str, frozenset[Any]] = {}

    def name(self, pk: Any) -> str:
        """Return the name of a thing."""
        return next((name for found, name in self._known.values() if found == pk), str(pk))

    def ids(self, raw: Any) -> frozenset[Any]:
        """Return the ids that a cell or a list names; ValueError, with a sentence, for others."""
        if isinstance(raw, list) and all(isinstance(name, str) for name in raw):
            return frozenset(self._one(name) for name in raw)
        if not isinstance(raw, str):
            raise ValueError("is neither a text nor a list of texts")
        if len(raw) > LONGEST_REMEMBERED:
            return self._joined(raw)
        if raw not in self._read:
            if len(self._read) >= MOST_REMEMBERED:
                self._read.clear()
            self._read[raw] = self._joined(raw)
        return self._read[raw]

    def _one(self, name: str) -> Any:
        try:
            return self._known[fold(name)][0]
        except KeyError:
            raise ValueError(self._unknown(name)) from None

    def _joined(self, text: str) -> frozenset[Any]:
        """Return what a text names that joins names; a name may hold what joins them."""
        parts = SEPARATORS.split(fold(text))
        if len(parts) > 2 * MOST_NAMES:
            raise ValueError(f"holds more than {MOST_NAMES} names")
        # ways[place]: at most two ways to read the text from there on.
        ways: list[list[frozenset[Any]]] = [[] for _ in range(len(parts))] + [[], [frozenset()]]
        for start in range(len(parts) - 1, -1, -2):
            for end in range(start + 1, min(len(parts), start + 2 * self._most_parts) + 1, 2):
                if found := self._known.get("".join(parts[start:end])):
                    ways[start] += [rest | {found[0]} for rest in ways[end + 1]]
            ways[start] = list(dict.fromkeys(ways[start]))[:2]
        if len(ways[0]) > 1:
            raise ValueError("can be read in two ways: give a list, as JSON can")
        if not ways[0]:
            strange = [
                name for name in SEPARATORS.split(text)[::2] if fold(name) not in self._known
            ]
            raise ValueError(self._unknown(strange[0] if strange else text))
        return ways[0][0]

    def _unknown(self, name: str) -> str:
        names = [known for _, known in list(self._known.values())[:MOST_LOOKED_THROUGH]]
        return f"no such {self._word}: {name[:100]}{nearest(name, names)}"


class Places:
    """Things of one kind by their ids and by names that several may share."""

    def __init__(self, word: str, rows: Iterable[tuple[Any, tuple[str, ...]]]) -> None:
        self._word = word
        self._known: dict[str, list[Any]] = {}
        for pk, spellings in rows:
            for spelling in dict.fromkeys((str(pk), *spellings)):
                self._known.setdefault(spelling, []).append(pk)

    def candidates(self, raw: Any) -> tuple[Any, ...]:
        """Return the ids of those that a cell may mean; ValueError, with a sentence, for none."""
        if not isinstance(raw, str):
            raise ValueError("is not a text")
        found = self._known.get(raw) or self._known.get(fold(raw))
        if not found:
            known = list(self._known)[:MOST_LOOKED_THROUGH]
            raise ValueError(f"no such {self._word}{nearest(raw, known)}")
        return tuple(found)


class Surroundings:
    """What an import may refer to, as it is at one moment: what its actor sees."""

    def __init__(self, actor: Any) -> None:
        models: Mapping[str, Any] = {"role": Role, "group": Group, "tag": Tag}
        self.super_admin_roles = {
            role.pk for role in Role.objects.filter(shipped=True) if rules.is_super_admin_role(role)
        }
        self.names = {
            f"{word}s": Names(word, model.objects.values_list("pk", "name"))
            for word, model in models.items()
        }
        organizations = Organization.objects.visible_to(actor).living()
        found = organizations.values_list("pk", "external_id", "name", "name_key")
        connections = list(Connection.objects.values_list("pk", "name", "name_key", "domain"))
        self.places = {
            "organization": Places("organization", _spelt(found)),
            "connection": Places("connection", _spelt(row[:3] for row in connections)),
            "auth_domain": Places(
                "connection", ((pk, (domain,)) for pk, *_, domain in connections)
            ),
        }


def _spelt(rows: Iterable[tuple[Any, ...]]) -> Iterable[tuple[Any, tuple[str, ...]]]:
    return ((pk, spellings) for pk, *spellings in rows)  # type: ignore[misc]
