from rest_framework.request import Request
from rest_framework.response import Response

from usersvc.api.pagination import paginate

from ..people.views import MANAGE, VIEW, NewPersonMixin
from .filters import UserFilterSet
from .serializers import people_as_rows

PAGE_SIZE = 20


class UserListView(NewPersonMixin):
    """One page of the people that match, as a bare JSON array; and the POST of a new one."""

    permissions = {"GET": (VIEW,), "POST": (MANAGE,)}
    takes_parameters = True

    def get(self, request: Request) -> Response:
        question = UserFilterSet(request.query_params, request.user)
        people = question.people()
        page = paginate(
            people,
            number=question.answers["page"] or 1,
            size=question.answers["page_size"] or PAGE_SIZE,
            request=request,
        )
        rows = people_as_rows(page.rows, question.sees_metadata)
        return Response(rows, headers=page.headers)
