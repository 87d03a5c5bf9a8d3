"""The list of organizations: a tree that unfolds, or, while one searches, places with their paths.

An open branch shows its children where they are few, and leads to a list of their own where they
are many. However large the tree is, a page asks the same number of statements.
"""

from typing import Any
from uuid import UUID

from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest, QueryDict

from .. import numbers
from ..ids import uuids
from ..models import Organization, User
from ..trees import Node, PoliciesInSight, Tree
from . import organization_verbs
from .base import StrictList

OPEN, TOGGLE, BELOW = "open", "toggle", "below"
# A tree of so few is shown unfolded.
FEW = 60
TOPS, CHILDREN = 50, 100
MOST_ROWS, MOST_OPEN = 500, 100


class OrganizationTree(StrictList):
    """A page of the tree, dressed with what each row tells."""

    def get_filters_params(self, params: Any = None) -> Any:
        found = super().get_filters_params(params)
        return {name: value for name, value in found.items() if name not in (OPEN, TOGGLE, BELOW)}

    def get_results(self, request: HttpRequest) -> None:
        self.tree = Tree(request.user)
        self.opened: set[Any] = set()
        self.focus: Node | None = None
        self.path: list[Node] = []
        self.is_flat = bool(self.query or self.has_active_filters)
        if self.is_flat:
            super().get_results(request)
            shown = [(row, 0) for row in self.result_list]
        else:
            shown = self._unfold(request)
        self.result_list = self._dressed(shown, request.user)

    def _unfold(self, request: HttpRequest) -> list[tuple[Any, int]]:
        tops = self._tops(request)
        self.opened = self._opened(request)
        self.page_num = max(1, self.page_num)
        start = (self.page_num - 1) * TOPS
        places = self._places(tops[start : start + TOPS])
        found = Organization.objects.in_bulk([pk for pk, _ in places])
        self.result_count, self.full_result_count = len(places), None
        self.show_full_result_count, self.show_admin_actions = False, bool(places)
        self.can_show_all, self.multi_page, self.paginator = False, len(tops) > TOPS, None
        self.has_next, self.top_count = start + TOPS < len(tops), len(tops)
        return [(found[pk], depth) for pk, depth in places if pk in found]

    def _tops(self, request: HttpRequest) -> list[Any]:
        """Return what the page begins with: the tops in sight, or the children of one."""
        below = _ids(request.GET, BELOW)
        if not below:
            return self.tree.tops
        if len(below) > 1 or below[0] not in self.tree.nodes:
            raise IncorrectLookupParameters(f"{BELOW}: no organization in sight")
        self.focus = focus = self.tree.nodes[below[0]]
        self.path = self.tree.path(focus.pk)
        return focus.children

    def _opened(self, request: HttpRequest) -> set[Any]:
        """Return the branches that are open: those of the address, or of few all."""
        if OPEN in request.GET:
            opened = set(_ids(request.GET, OPEN))
        elif len(self.tree.nodes) <= FEW:
            opened = {pk for pk, node in self.tree.nodes.items() if node.children}
        else:
            opened = set(self.tree.tops) if len(self.tree.tops) == 1 else set()
        for pk in _ids(request.GET, TOGGLE):
            opened ^= {pk}
        return {pk for pk in opened if pk in self.tree.nodes and self.tree.nodes[pk].children}

    def _places(self, tops: list[Any]) -> list[tuple[Any, int]]:
        """Return the ids of the rows in their order, and how deep each lies."""
        places: list[tuple[Any, int]] = []
        waiting = [(pk, 0) for pk in reversed(tops)]
        while waiting and len(places) < MOST_ROWS:
            pk, depth = waiting.pop()
            places.append((pk, depth))
            children = self.tree.nodes[pk].children
            if pk in self.opened and len(children) <= CHILDREN:
                waiting += [(child, depth + 1) for child in reversed(children)]
        return places

    def _dressed(self, shown: list[tuple[Any, int]], actor: Any) -> list[Any]:
        sums = self.tree.sums(numbers.by_organization(User.objects.visible_to(actor)))
        rows = [(row, depth) for row, depth in shown if row.pk in self.tree.nodes]
        policies = PoliciesInSight(self.tree, [row.pk for row, _ in rows])
        may = organization_verbs.permissions(actor)
        for row, depth in rows:
            row.node, row.depth = self.tree.nodes[row.pk], depth
            row.path = self.tree.path(row.pk) if self.is_flat else []
            row.headcount, row.policy_told = sums[row.pk], policies.of(row.pk)
            row.is_open, row.is_large = row.pk in self.opened, len(row.node.children) > CHILDREN
            row.seen, row.may = self.tree.nodes, may
        return [row for row, _ in rows]

    @property
    def previous_page(self) -> str:
        """The address of the page before."""
        return self.get_query_string({"p": self.page_num - 1})

    @property
    def next_page(self) -> str:
        """The address of the page after."""
        return self.get_query_string({"p": self.page_num + 1})


def _ids(asked: QueryDict, name: str) -> list[UUID]:
    given = [text for text in asked.getlist(name) if text]
    ids = uuids(given)
    if len(ids) < len(given) or len(given) > MOST_OPEN:
        raise IncorrectLookupParameters(f"{name}: at most {MOST_OPEN} ids of organizations")
    return list(ids)
