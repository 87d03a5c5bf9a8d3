"""The exports whose files held one person."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from usersvc.api.filters import StrictFilterSet
from usersvc.api.operations import PREFER, Operation, page_of
from usersvc.api.pagination import paginate
from usersvc.api.parameters import Number
from usersvc.api.shapes import Shape

from ...export_holders import certain, exports_of
from ...models import AuditEntry
from .views import VIEW, PersonApiView

AUDIT = "users.view_auditentry"
PAGE_SIZE = 20


class PageFilterSet(StrictFilterSet):
    """Which page of a list is asked for."""

    page = Number(least=1, label="Page", initial=1, help_text="The number of the page.")
    page_size = Number(
        least=1, most=100, label="Page size", initial=PAGE_SIZE, help_text="How many a page holds."
    )


class HeldByShape(Shape):
    """Who took a file, as the audit wrote it down."""

    id = serializers.UUIDField(allow_null=True, help_text="Null for the system, and who is gone.")
    email = serializers.CharField(allow_null=True)


class ExportShape(Shape):
    """An export that held a user."""

    id = serializers.IntegerField(help_text="The number of its audit entry.")
    at = serializers.DateTimeField(help_text="When it began.")
    by = HeldByShape()
    family = serializers.CharField(allow_null=True)
    format = serializers.CharField(allow_null=True)
    rows = serializers.IntegerField(allow_null=True, help_text="How many users it held in all.")
    columns = serializers.ListField(child=serializers.CharField())
    outcome = serializers.CharField(
        allow_null=True, help_text="complete, aborted, failed, or why it was cut off."
    )
    certain = serializers.BooleanField(
        help_text="False where nobody knows whom it held: it may have held the user."
    )


class ExportsView(PersonApiView):
    """The exports whose files held one person, the newest first."""

    operations = {
        "GET": Operation(
            "list_exports_of_user",
            "List the exports that held a user",
            page_of(ExportShape, "the exports, the newest first"),
            "Of the newest 10,000 exports that the caller's audit shows. Deleted users have them,"
            " too.",
            question=PageFilterSet,
            headers=PREFER,
        )
    }
    permissions = {"GET": (VIEW, AUDIT)}
    takes_parameters = True

    def get(self, request: Request, pk: UUID) -> Response:
        question = PageFilterSet(request.query_params, AuditEntry.objects.none())
        question.check()
        person = self.find(pk, deleted=None)
        held = exports_of(person, AuditEntry.objects.visible_to(self.actor))
        page = paginate(held, question.answer("page"), question.answer("page_size"), request)
        entries = list(page.rows)
        sure = certain(person, entries)
        shown = [export_as_shown(entry) | {"certain": entry.pk in sure} for entry in entries]
        return Response(shown, headers=page.headers)


def export_as_shown(entry: Any) -> dict[str, Any]:
    """Return an export as those see it who may read the audit."""
    told = entry.additional_data or {}
    return {
        "id": entry.pk,
        "at": entry.timestamp,
        "by": {"id": entry.actor_id, "email": entry.actor_email},
        "family": told.get("family"),
        "format": told.get("format"),
        "rows": told.get("rows"),
        "columns": told.get("columns", []),
        "outcome": told.get("outcome"),
    }
