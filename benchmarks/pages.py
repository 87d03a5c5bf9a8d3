"""`make bench`: pages of the admin with a million people against the same pages with ten thousand.

Both directories are asked in turn, so that a busy machine slows both.
"""

from contextlib import ExitStack

import directories
import foreground
import results
from child import Child
from directories import FOLDER

GATE = 3
# One counts everybody of every organization in sight, and there are more of those, too. The other
# counts up to a thousand of each role: a role of the smaller directory has not that many.
WITHOUT_GATE = {"the list of organizations", "the list of roles"}
PEOPLE = "/admin/users/user/"
# What a page is called, and its address; {person} is the id of somebody.
PAGES = {
    "the overview": "/admin/",
    "the list of people": PEOPLE,
    "the list, active ones": f"{PEOPLE}?status=active",
    "the list, suspended ones": f"{PEOPLE}?status=suspended",
    "the list, never signed in": f"{PEOPLE}?signed_in=never",
    "the list, not seen for 90 days": f"{PEOPLE}?dormant_days=90",
    "the list, a rare search": f"{PEOPLE}?q={{rare}}",
    "the list, page 100": f"{PEOPLE}?p=100",
    "the dialog of an export": f"{PEOPLE}export",
    "the page of a person": f"{PEOPLE}{{person}}/change/",
    "the list of organizations": "/admin/users/organization/",
    "the list of roles": "/admin/users/role/",
    "the list of groups": "/admin/users/group/",
    "the audit": "/admin/users/auditentry/",
}


class Pages(Child):
    """One database, and the process that shows its pages."""

    def __init__(self, people: int, address: str) -> None:
        self.people = people
        directories.fill(people, address)
        super().__init__("showing.py", directories.environment(address))
        self.words = self.read()

    def seconds(self, page: str) -> float:
        """Return what a page takes."""
        answer = self.ask({"path": page.format(**self.words)})
        return float(answer["seconds"])


def main() -> int:
    """Measure, print and write everything; return 1 when a gate is missed."""
    options = directories.options(__doc__, rounds=5).parse_args()
    found: list[results.Result] = []
    for database in options.databases:
        with ExitStack() as stack:
            address = stack.enter_context(directories.addresses(database, options.postgres))
            few, many = (Pages(people, address(people)) for people in (options.few, options.many))
            stack.callback(few.close)
            stack.callback(many.close)
            for name, page in PAGES.items():
                found.append(_growth(database, name, page, few, many, options.rounds))
                results.show(found[-1])
            deep = many.words["deep"]
            name = f"page {deep:,} of the list against page 1, of {many.people:,}"
            found.append(_depth(database, name, f"{PEOPLE}?p={deep}", many, options.rounds))
            results.show(found[-1])
    results.keep(FOLDER / "pages.json", found)
    return int(results.missed(found))


def _growth(
    database: str, name: str, page: str, few: Pages, many: Pages, rounds: int
) -> results.Result:
    # The first round warms both up.
    times = [(many.seconds(page), few.seconds(page)) for _ in range(rounds + 1)][1:]
    gate = None if name in WITHOUT_GATE else GATE
    name = f"{name}: {many.people:,} against {few.people:,}"
    return results.ratio(database, name, times, gate)


def _depth(database: str, name: str, page: str, many: Pages, rounds: int) -> results.Result:
    times = [(many.seconds(page), many.seconds(PEOPLE)) for _ in range(rounds + 1)][1:]
    return results.ratio(database, name, times, GATE)


if __name__ == "__main__":
    foreground.start(main)
