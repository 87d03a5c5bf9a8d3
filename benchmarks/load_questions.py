"""What callers of a service under load ask for: pages, searches, counts and files."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from load_callers import Question

EXACTLY = {"Prefer": "count=exact"}
PACKED = {"Accept-Encoding": "gzip"}
ORDERS = ("name", "email", "created_at", "updated_at")
STATUSES = ("active", "onboarding", "inactive", "suspended", "risky")
TYPES = ("saas_user", "saas_user_client", "saas_admin")
PAGE_SIZES = (20, 50, 100)
FURTHEST = 200  # pages
NO_INDEX = 0.05  # of the counts: an exact one of these looks at everybody
SPAN = 900  # days over which people of the directory were created
LIST, SEARCH, COUNT = "lists", "searches", "counts"
SMALL = {LIST: 60, SEARCH: 25, COUNT: 15}  # of a hundred
EXPORT, EVERYBODY, EVERYBODY_PACKED, PRINTED = "CSV export", "CSV download", "gzip download", "PDF"
FILES = {EXPORT: 55, EVERYBODY: 10, EVERYBODY_PACKED: 5, PRINTED: 30}  # of a hundred


class Questions:
    """What may be asked of a directory, by what is known of it."""

    def __init__(self, known: dict[str, Any]) -> None:
        self._words = known["words"]
        export, download = "/api/users/export?format=csv&", "/api/v2/users/download"
        printed = "/api/users/export?format=pdf&"
        self._files = {
            EXPORT: Question(EXPORT, export + known["csv"]["query"], file=True),
            EVERYBODY: Question(EVERYBODY, download, file=True),
            EVERYBODY_PACKED: Question(EVERYBODY_PACKED, download, PACKED, file=True),
            PRINTED: Question(PRINTED, printed + known["pdf"]["query"], file=True),
        }
        self.people = {
            EXPORT: known["csv"]["people"],
            EVERYBODY: known["living"],
            EVERYBODY_PACKED: known["living"],
            PRINTED: known["pdf"]["people"],
        }
        self._small = {LIST: self._list, SEARCH: self._search, COUNT: self._count}

    def small(self, chance: random.Random) -> Question:
        """Return a question for a page, a search or a count."""
        [kind] = chance.choices(list(SMALL), list(SMALL.values()))
        return self._small[kind](chance)

    def file(self, chance: random.Random) -> Question:
        """Return a question for a file."""
        [kind] = chance.choices(list(FILES), list(FILES.values()))
        return self._files[kind]

    def _list(self, chance: random.Random) -> Question:
        size, page = chance.choice(PAGE_SIZES), chance.randint(1, FURTHEST)
        created = datetime.now(UTC) - timedelta(days=chance.randint(1, SPAN))
        asked = chance.choice(
            [
                "page=1",
                f"page={page}",
                f"sort_by={chance.choice(ORDERS)}&sort_order={chance.choice(('asc', 'desc'))}",
                f"status={chance.choice(STATUSES)}&page={page}",
                f"user_type={chance.choice(TYPES)}&status={chance.choice(STATUSES)}",
                f"created_at_from={created:%Y-%m-%dT%H:%M:%SZ}&status={chance.choice(STATUSES)}",
            ]
        )
        return Question(LIST, f"/users?page_size={size}&{asked}", most_rows=size)

    def _search(self, chance: random.Random) -> Question:
        return Question(SEARCH, f"/users?search={chance.choice(self._words)}", most_rows=20)

    def _count(self, chance: random.Random) -> Question:
        asked = f"status={chance.choice(STATUSES)}"
        if chance.random() < NO_INDEX:
            asked += f"&user_type={chance.choice(TYPES)}"
        return Question(COUNT, f"/users?page_size=1&{asked}", EXACTLY, most_rows=1)
