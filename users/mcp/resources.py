"""Resources: what a model may read as a whole, each at an address of its own."""

import json
from dataclasses import dataclass
from typing import Any

from usersvc.openapi import document

from ..docs.pages import pages

SCHEME = "usersvc://"
DOCS = f"{SCHEME}docs/"
OPENAPI = f"{SCHEME}openapi.json"
MARKDOWN, JSON = "text/markdown", "application/json"


@dataclass(frozen=True)
class Resource:
    """One of them."""

    uri: str
    name: str
    title: str
    description: str
    kind: str

    def listed(self) -> dict[str, str]:
        """Return how it is listed."""
        return {
            "uri": self.uri,
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "mimeType": self.kind,
        }


def resources() -> list[dict[str, str]]:
    """Return all resources, as they are listed."""
    found = [
        Resource(f"{DOCS}{page.slug}", page.slug, page.title, page.summary, MARKDOWN)
        for page in pages()
    ]
    about = "How programs call this service over REST."
    found.append(Resource(OPENAPI, "openapi.json", "OpenAPI document", about, JSON))
    return [resource.listed() for resource in found]


def contents(uri: str) -> list[dict[str, Any]] | None:
    """Return what a resource holds; None for an address at which there is none."""
    if uri == OPENAPI:
        text = json.dumps(document(), ensure_ascii=False)
        return [{"uri": uri, "mimeType": JSON, "text": text}]
    for page in pages():
        if uri == f"{DOCS}{page.slug}":
            return [{"uri": uri, "mimeType": MARKDOWN, "text": page.markdown()}]
    return None
