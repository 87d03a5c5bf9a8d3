"""The tree of organizations as somebody sees it, read at once: who lies below whom."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .models import Organization, Policy
from .models.organization import OrganizationState, state_of
from .models.policy import Decided, decided


@dataclass(frozen=True)
class Node:
    """An organization of a tree, and the ids of those right below it, by name."""

    pk: Any
    parent_id: Any
    name: str
    state: OrganizationState
    children: list[Any] = field(default_factory=list)


class Tree:
    """All organizations in somebody's sight."""

    def __init__(self, actor: Any) -> None:
        rows = Organization.objects.visible_to(actor).order_by("name_key", "pk")
        told = rows.values_list("pk", "parent", "name", "suspended_at", "deleted_at")
        self.nodes = {
            pk: Node(pk, parent, name, state_of(suspended_at, deleted_at))
            for pk, parent, name, suspended_at, deleted_at in told
        }
        self.tops = [pk for pk, node in self.nodes.items() if node.parent_id not in self.nodes]
        for node in self.nodes.values():
            if node.parent_id in self.nodes:
                self.nodes[node.parent_id].children.append(node.pk)

    def path(self, pk: Any) -> list[Node]:
        """Return those above an organization that are in sight, the highest first."""
        above: list[Node] = []
        parent = self.nodes[pk].parent_id
        while parent in self.nodes:
            above.append(self.nodes[parent])
            parent = above[-1].parent_id
        return above[::-1]

    def sums(self, numbers: Mapping[Any, int]) -> dict[Any, int]:
        """Return, of numbers of single organizations, the sums with those below."""
        sums = {pk: numbers.get(pk, 0) for pk in self.nodes}
        for node in reversed(list(self._downwards())):
            if node.parent_id in sums:
                sums[node.parent_id] += sums[node.pk]
        return sums

    def _downwards(self) -> Iterator[Node]:
        waiting = list(self.tops)
        while waiting:
            node = self.nodes[waiting.pop()]
            yield node
            waiting += node.children


class PoliciesInSight:
    """What holds in some organizations of a tree, and who decides it."""

    def __init__(self, tree: Tree, shown: Iterable[Any]) -> None:
        self._tree = tree
        # What is above the tree holds in it, too: one top alone can have something above.
        above = Policy.objects.along(tree.tops[0])[1:] if len(tree.tops) == 1 else []
        self._above = above
        asked = {each for pk in shown for each in (pk, *(node.pk for node in tree.path(pk)))}
        self._own = {
            policy.organization_id: policy
            for policy in Policy.objects.filter(organization__in=asked)
        }

    def of(self, pk: Any) -> dict[str, Decided]:
        """Return what holds in an organization, name by name."""
        nearest_first = [pk, *(node.pk for node in reversed(self._tree.path(pk)))]
        return decided([(each, self._own.get(each)) for each in nearest_first] + self._above)
