"""The language of pages: what the reader chose, or the browser asks for; programs read English."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from .api.addresses import is_api


class PageLanguageMiddleware(LocaleMiddleware):
    """Django's, for pages alone: what the API says is written down in English."""

    def process_request(self, request: HttpRequest) -> None:
        if is_api(request):
            translation.activate("en")
        else:
            super().process_request(request)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if is_api(request):
            return response
        found: HttpResponseBase = super().process_response(request, response)
        return found
