from rest_framework.request import Request
from rest_framework.response import Response

from usersvc.api.operations import PREFER, Operation, page_of
from usersvc.api.pagination import paginate

from ..people.views import MANAGE, VIEW, NewPersonMixin
from .filters import UserFilterSet
from .serializers import UserShape, people_as_rows


class UserListView(NewPersonMixin):
    """One page of the people that match, as a bare JSON array; and the POST of a new one."""

    permissions = {"GET": (VIEW,), "POST": (MANAGE,)}
    takes_parameters = True
    tag = "directory"
    operations = {
        "GET": Operation(
            "list_users",
            "List users",
            page_of(UserShape, "users"),
            "The users that match all filters, a page at a time.",
            question=UserFilterSet,
            headers=PREFER,
        ),
        **NewPersonMixin.operations,
    }

    def get(self, request: Request) -> Response:
        question = UserFilterSet(request.query_params, request.user)
        people = question.people()
        page = paginate(
            people,
            number=question.answer("page"),
            size=question.answer("page_size"),
            request=request,
        )
        rows = people_as_rows(page.rows, question.sees_metadata)
        return Response(rows, headers=page.headers)
