"""The public keys of tokens, for programs that check tokens themselves."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from . import signing

KEPT = 300  # seconds


@csrf_exempt  # what is not safe is not offered: 405, not 403
@require_safe
def jwks(request: HttpRequest) -> JsonResponse:
    """Answer with the JSON Web Key Set; it is empty where tokens are signed with a secret."""
    headers = {"Cache-Control": f"public, max-age={KEPT}"}
    return JsonResponse(signing.public_keys(), headers=headers)
