"""The pages of the documentation: public texts in Markdown, for people and for programs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from usersvc.api.pagination import COUNTED

from ..api.bulk.serializers import MOST_IDS
from ..models.delivery import PAUSES
from ..notices import sending
from ..notices.events import Event
from ..notices.outbox import PEOPLE_IN_ONE


@dataclass(frozen=True)
class Page:
    """One page: where it is, what it is called, and what it is about."""

    slug: str
    title: str
    summary: str

    def markdown(self) -> str:
        """Return the whole page as Markdown; all that the code knows comes from the code."""
        with translation.override("en"):
            text = render_to_string(f"docs/{self.slug}.md", facts())
        return f"# {self.title}\n\n{self.summary}\n\n{text.strip()}\n"


def pages() -> list[Page]:
    """Return all pages, in the order in which they are read."""
    return list(PAGES)


def facts() -> Mapping[str, Any]:
    """Return what the pages tell of this service: addresses, limits and lifetimes."""
    jwt: Mapping[str, Any] = settings.SIMPLE_JWT
    return {
        "base_url": settings.BASE_URL,
        "requests_per_minute": settings.REQUESTS_PER_MINUTE,
        "files_per_minute": settings.FILES_PER_MINUTE,
        "export_max_rows": settings.EXPORT_MAX_ROWS,
        "export_max_columns": settings.EXPORT_MAX_COLUMNS,
        "jobs_per_caller": settings.JOBS_PER_CALLER,
        "job_hours": settings.JOB_HOURS,
        "link_seconds": settings.JOB_LINK_SECONDS,
        "access_minutes": int(jwt["ACCESS_TOKEN_LIFETIME"].total_seconds() / 60),
        "refresh_hours": int(jwt["REFRESH_TOKEN_LIFETIME"].total_seconds() / 3600),
        "body_megabytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE / 1024**2,
        "counted": COUNTED,
        "most_ids": MOST_IDS,
        "events": list(Event),
        "people_in_one": PEOPLE_IN_ONE,
        "webhook_seconds": round(sending.SECONDS),
        "webhook_tries": len(PAUSES) + 1,
    }


PAGES = (
    Page(
        "start",
        "Start",
        "From a password to the first users, in five minutes and four languages.",
    ),
    Page(
        "directory",
        "Directory",
        "`GET /users`: the users that match, filtered, sorted and paged, as JSON.",
    ),
    Page(
        "export",
        "Export",
        "`GET /api/users/export`: the users that match, as a CSV or PDF file.",
    ),
    Page(
        "download",
        "Download",
        "`GET /api/v2/users/download`: everybody as CSV, in any time zone, however many they are.",
    ),
    Page(
        "jobs",
        "Jobs",
        "`POST /api/v2/jobs/users-exports`: exports and imports that work while you do not wait.",
    ),
    Page(
        "resources",
        "Users and more",
        "One user, many at once, organizations, roles, tokens: the resources behind the lists.",
    ),
    Page(
        "webhooks",
        "Webhooks",
        "A program is told what happens here, as soon as it happens: signed, and until it hears.",
    ),
    Page(
        "errors",
        "Errors and limits",
        "What is refused, how it is told, and how much of everything there may be.",
    ),
    Page(
        "mcp",
        "MCP",
        "The directory as a server for AI tools: what a model may ask, and how it signs in.",
    ),
)
