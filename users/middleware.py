from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from . import actor


class ActorMiddleware:
    """Everything a request does is done by its user, whether a session or a token named it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with actor.acting(lambda: request.user, request.META.get("REMOTE_ADDR")):
            return self.get_response(request)
