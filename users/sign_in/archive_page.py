"""A person's own archive: all that the service knows of who asks, after a recent sign-in."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest
from django.views.decorators.http import require_safe

from ..archiving.answering import answer
from ..models import User


@require_safe
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
def own_archive(request: HttpRequest) -> FileResponse:
    """Answer with the archive of who asks; a sign-in that is not recent is asked for first."""
    user: Any = request.user
    person: User = User.objects.get(pk=user.pk)
    return answer(person, person)
