"""What the resources beside the documented lists share: permissions by verb, bodies, and tags."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from rest_framework.request import Request
from rest_framework.response import Response

from usersvc.api.conditional import check_match, etag_of, is_known
from usersvc.api.filters import NoParameters
from usersvc.api.serializers import StrictSerializer
from usersvc.api.views import VersionedView

from ..models import User

# Signing in changes nothing that somebody else could overwrite.
UNTAGGED = frozenset({"last_login", "login_count"})


class ResourceView(VersionedView):
    """The base of a resource: permissions says for each method which permissions it takes."""

    permissions: ClassVar[Mapping[str, tuple[str, ...]]]
    # Whether a GET is a question; what is written takes no parameters in any case.
    takes_parameters = False

    @property
    def required_permissions(self) -> tuple[str, ...]:
        """The permissions for the request's method; for one that is not offered, for the first."""
        first = next(iter(self.permissions.values()))
        return self.permissions[self.verb] if self.is_offered else first

    @property
    def verb(self) -> str:
        """The request's method; HEAD is a GET without the body."""
        return str(self.request.method).replace("HEAD", "GET")

    @property
    def is_offered(self) -> bool:
        """Whether there is such a method here."""
        return self.verb in self.permissions and self.verb in self.allowed_methods

    @property
    def actor(self) -> User:
        """The caller."""
        return cast(User, self.request.user)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        asks = self.takes_parameters and self.verb == "GET"
        if self.is_offered and not asks:
            NoParameters(request.query_params, User.objects.none()).check()

    def read(self, serializer: type[StrictSerializer], partial: bool = False) -> dict[str, Any]:
        """Return the body, checked; none at all is {}."""
        body = serializer(data=self.request.data, partial=partial)
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)

    def require_match(self, body: Mapping[str, Any]) -> None:
        """Refuse to write (412) unless If-Match, where given, names what is shown now."""
        check_match(self.request, tag_of(body))

    def show(self, body: Mapping[str, Any], status: int = 200, location: str = "") -> Response:
        """Return one thing as it is, with its tag; 304 where the caller has it already."""
        tag = tag_of(body)
        headers = {"ETag": tag} | ({"Location": location} if location else {})
        if self.verb == "GET" and is_known(self.request, tag):
            return Response(status=304, headers=headers)
        return Response(body, status=status, headers=headers)


def tag_of(body: Mapping[str, Any]) -> str:
    """Return the entity tag of a thing as it is shown."""
    return etag_of({name: value for name, value in body.items() if name not in UNTAGGED})
