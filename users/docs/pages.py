"""The pages of the documentation: one text for people and for programs."""

from dataclasses import dataclass
from typing import Any

from django.template import Context
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation

from .facts import facts

START = "start"
LANGUAGE = "en"  # of the documentation, whatever the language of other pages is


@dataclass(frozen=True)
class Page:
    """A page; group is the title under which the navigation shows it."""

    slug: str
    group: str
    title: str
    summary: str

    @property
    def address(self) -> str:
        """Where people read the page."""
        return reverse("docs") if self.slug == START else reverse("docs-page", args=[self.slug])

    def markdown(self) -> str:
        """Return the text of the page, with what the code knows filled in."""
        template: Any = get_template(f"docs/{self.slug}.md")
        values = {**facts(), "page": self}
        with translation.override(LANGUAGE):
            # Markdown is no HTML: there is nothing to escape.
            return str(template.template.render(Context(values, autoescape=False))).strip() + "\n"


PAGES = [
    Page(
        START,
        "Get started",
        "Quick start",
        "Get a token, make a first call in curl, Python, JavaScript or Go, "
        "and connect your AI tool.",
    ),
    Page(
        "directory",
        "Users out of the directory",
        "List users",
        "A page of users as JSON: filtered, searched, sorted and counted.",
    ),
    Page(
        "export",
        "Users out of the directory",
        "Export to CSV or PDF",
        "Up to a limit of users as one CSV or PDF file, ready to be read by people.",
    ),
    Page(
        "download",
        "Users out of the directory",
        "Download all as CSV",
        "Every user that matches as CSV, with the columns and the time zone of your choice.",
    ),
    Page(
        "jobs",
        "Users out of the directory",
        "Export in the background",
        "Start an export, watch it, and download a compressed CSV or JSON file of any size.",
    ),
    Page(
        "errors",
        "Working with the API",
        "Errors, limits and paging",
        "What is refused and how, limits, pages, conditional requests and safe repetition.",
    ),
    Page(
        "beside",
        "Working with the API",
        "Tokens, users, organizations",
        "What else the API has: signing in with MFA, one user, organizations, roles and more.",
    ),
    Page(
        "mcp",
        "Working with the API",
        "Connect an AI tool",
        "The MCP server: its address, the ready mcp.json, its tools, and a call by hand.",
    ),
]


def pages() -> list[Page]:
    """Return all pages, in the order in which they are best read."""
    return list(PAGES)


def page_called(slug: str) -> Page | None:
    """Return the page of a slug; None when there is none."""
    return next((page for page in PAGES if page.slug == slug), None)
