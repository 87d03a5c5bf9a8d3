"""What roles, groups, sites, tags, connections and organizations share: a list and its things."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import NON_FIELD_ERRORS
from django.db import transaction
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from usersvc.api.errors import Conflict, Fault
from usersvc.api.operations import PREFER, Operation, gone, made, page_of, shown
from usersvc.api.pagination import paginate
from usersvc.api.serializers import StrictSerializer
from usersvc.api.shapes import Shape

from ...models import User
from ...models.named import Named
from ..idempotency import idempotent
from ..resources import ResourceView
from ..writing import save
from .filters import NamedFilterSet
from .serializers import NamedSerializer, NamedShape, named_as_shown

# A name is unique by its folded copy, alone or within an organization.
WORDS = {"name_key": "name", NON_FIELD_ERRORS: "name"}
HAS_PEOPLE = "has people, deleted ones included: take them away first"


def permissions_on(noun: str) -> dict[str, tuple[str, ...]]:
    """Return which permission each method takes: view_… to look, manage_… to write."""
    view, manage = (f"users.view_{noun}",), (f"users.manage_{noun}",)
    return {"GET": view, "POST": manage, "PATCH": manage, "PUT": manage, "DELETE": manage}


TAKEN = frozenset({409})  # a name that another one has; a thing that somebody has


def list_operations(
    noun: str,
    shape: type[Shape] = NamedShape,
    body: type[StrictSerializer] = NamedSerializer,
    question: type[NamedFilterSet] = NamedFilterSet,
) -> dict[str, Operation]:
    """Return the operations on the list of things that a noun names."""
    return {
        "GET": Operation(
            f"list_{noun}s",
            f"List {noun}s",
            page_of(shape, f"{noun}s"),
            question=question,
            headers=PREFER,
        ),
        "POST": Operation(
            f"create_{noun}",
            f"Create a {noun}",
            made(shape, f"The new {noun}."),
            body=body,
            refusals=TAKEN,
        ),
    }


def one_operations(
    noun: str,
    shape: type[Shape] = NamedShape,
    body: type[StrictSerializer] = NamedSerializer,
    deletion: str = "Refused while anybody, deleted or not, has it.",
) -> dict[str, Operation]:
    """Return the operations on one thing that a noun names."""
    answers, no_more = shown(shape, f"The {noun}."), gone(f"The {noun} is no more.")
    return {
        "GET": Operation(f"get_{noun}", f"Get a {noun}", answers, is_tagged=True),
        "PATCH": Operation(
            f"change_{noun}",
            f"Change a {noun}",
            answers,
            "What is not named stays.",
            body=body,
            is_tagged=True,
            refusals=TAKEN,
        ),
        "PUT": Operation(
            f"replace_{noun}",
            f"Replace a {noun}",
            answers,
            "What is not named goes back to its default.",
            body=body,
            is_tagged=True,
            refusals=TAKEN,
        ),
        "DELETE": Operation(
            f"delete_{noun}",
            f"Delete a {noun}",
            no_more,
            deletion,
            is_tagged=True,
            refusals=TAKEN,
        ),
    }


class NamedApiView(ResourceView):
    """The base of the views of one kind of thing."""

    model: ClassVar[Any]
    body: type[StrictSerializer] = NamedSerializer

    def all(self) -> Any:
        """Return the things in the caller's sight."""
        return self.model.objects.visible_to(self.actor)

    def with_all_shown(self, rows: Any) -> Any:
        """Return the rows with what is shown of them, in a constant number of queries."""
        return rows

    def shown(self, row: Any) -> dict[str, Any]:
        """Return one thing as it is shown."""
        return named_as_shown(row)

    def find(self, pk: str) -> Any:
        """Return the thing in sight of this id; NotFound for none."""
        row = self.with_all_shown(self.all().with_id(pk)).first()
        if row is None:
            raise NotFound(f"no such {self.model._meta.verbose_name}: {pk}")
        return row

    def find_to_write(self, pk: str) -> Any:
        """Return the thing, locked, and as the caller last saw it if it says so."""
        list(self.all().with_id(pk).order_by().select_for_update().values_list("pk"))
        row = self.find(pk)
        self.require_match(self.shown(row))
        return row

    def show_anew(self, row: Named, status: int = 200) -> Response:
        """Return the thing as it is in the database now."""
        location = f"{self.request.path}/{row.pk}" if status == 201 else ""
        return self.show(self.shown(self.find(str(row.pk))), status, location)

    def check_rules(self, row: Any, values: dict[str, Any]) -> None:
        """Raise what keeps the caller from writing these values; most things have no such rule."""

    def write(self, row: Any, values: Mapping[str, Any]) -> None:
        """Let the thing be as the values say, and save it."""
        for name, value in values.items():
            setattr(row, name, value)
        save(row, WORDS)


class NamedListView(NamedApiView):
    """One page of the things that match, as a bare JSON array; and the POST of a new one."""

    filters: type[NamedFilterSet] = NamedFilterSet
    takes_parameters = True

    def get(self, request: Request) -> Response:
        question = self.filters(request.query_params, self.all())
        rows = question.rows()
        page = paginate(
            rows,
            number=question.answer("page"),
            size=question.answer("page_size"),
            request=request,
        )
        shown = [self.shown(row) for row in self.with_all_shown(page.rows)]
        return Response(shown, headers=page.headers)

    @idempotent
    def post(self, request: Request) -> Response:
        values = self.read(self.body)
        row = self.model()
        self.check_rules(row, values)
        self.write(row, values)
        return self.show_anew(row, 201)


class NamedView(NamedApiView):
    """One thing: read, changed, replaced, or deleted while nobody has it."""

    people: ClassVar[str] = ""  # the field of a person that names such things

    def get(self, request: Request, pk: str) -> Response:
        return self.show(self.shown(self.find(pk)))

    def patch(self, request: Request, pk: str) -> Response:
        return self._change(pk, partial=True)

    def put(self, request: Request, pk: str) -> Response:
        return self._change(pk, partial=False)

    @transaction.atomic
    def delete(self, request: Request, pk: str) -> Response:
        row = self.find_to_write(pk)
        self.check_deletion(row)
        row.delete()
        return Response(status=204)

    def check_deletion(self, row: Any) -> None:
        """Raise what keeps the thing: Conflict while anybody, deleted or not, has it."""
        if User.all_objects.filter(**{self.people: row}).exists():
            raise Conflict(Fault("id", HAS_PEOPLE, str(row.pk)))

    @transaction.atomic
    def _change(self, pk: str, partial: bool) -> Response:
        values = self.read(self.body, partial)
        row = self.find_to_write(pk)
        self.check_rules(row, values)
        self.write(row, values)
        return self.show_anew(row)
