"""The pages of the documentation: public texts in Markdown."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """One page: where it is, what it is about, and its text."""

    slug: str
    title: str
    summary: str
    text: str

    def markdown(self) -> str:
        """Return the page as Markdown."""
        return f"# {self.title}\n\n{self.summary}\n\n{self.text}"


def pages() -> list[Page]:
    """Return all pages, in the order in which they are read."""
    return list(_PAGES)


_PAGES = (
    Page(
        "quick-start",
        "Quick start",
        "From a username and a password to the first page of users.",
        "## Sign in\n\n`POST /api/token` with `username` and `password` answers with an access"
        " token. Send it as `Authorization: Bearer …`.\n\n"
        "## Ask for users\n\n`GET /users?status=active` answers with a page of users.\n",
    ),
    Page(
        "errors",
        "Errors",
        "What is refused, and how to read why.",
        "## Validation\n\nA parameter that is not understood is refused, and never ignored: each"
        " fault names the parameter, the value, and what is allowed.\n\n"
        "## Limits\n\nToo many requests are answered with 429 and `Retry-After`.\n",
    ),
)
