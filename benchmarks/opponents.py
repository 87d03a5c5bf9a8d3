"""What lists are measured against: plain Django REST framework on the same rows, and scans."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.db import connection
from django.urls import include, path
from rest_framework import generics, pagination, permissions, renderers, response, serializers

from users.models import User


class UserSerializer(serializers.ModelSerializer):
    """The directory's fields, as its superusers see them."""

    identifier = serializers.CharField(source="username")

    class Meta:
        model = User
        fields = (
            "id",
            "identifier",
            "name",
            "email",
            "user_type",
            "status",
            "created_at",
            "updated_at",
            "created_by",
            "updated_by",
        )


class Numbered(pagination.PageNumberPagination):
    """DRF's pages as they come: an exact count, then OFFSET."""

    page_size_query_param = "page_size"


class Uncounted(pagination.BasePagination):
    """OFFSET alone, without any count."""

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any]:
        size = int(request.query_params["page_size"])
        start = (int(request.query_params["page"]) - 1) * size
        return list(queryset[start : start + size])

    def get_paginated_response(self, data: Any) -> Any:
        return response.Response({"results": data})


class PlainList(generics.ListAPIView):
    """The list that a tutorial would write."""

    permission_classes = (permissions.IsAuthenticated,)
    renderer_classes = (renderers.JSONRenderer,)
    queryset = User.objects.order_by("-created_at", "-id")
    serializer_class = UserSerializer
    pagination_class: Any = Numbered
    filter_backends = ()


class OffsetList(PlainList):
    """The same without a count."""

    pagination_class = Uncounted


urlpatterns = [
    path("plain", PlainList.as_view()),
    path("offset", OffsetList.as_view()),
    path("", include("usersvc.urls")),
]


@contextmanager
def without_index() -> Iterator[None]:
    """Let search scan: LIKE over everybody's text, in the order of the list."""

    def scan(people: Any, terms: list[str]) -> Any:
        for term in terms:
            people = people.filter(search_text__contains=term)
        return people

    with mock.patch("users.querysets.matching", scan), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET enable_bitmapscan = off")
        yield
        if connection.vendor == "postgresql":
            cursor.execute("RESET enable_bitmapscan")
