"""The tables of what the API can do: read out of its OpenAPI document."""

from collections.abc import Iterator

from usersvc.openapi import document

from .tables import code, table


def operations(tag: str) -> str:
    """Return the table of the operations of a tag."""
    return table(("Method", "Address", "What it does"), _rows(tag))


def _rows(tag: str) -> Iterator[tuple[str, str, str]]:
    for path, item in document()["paths"].items():
        for method, operation in item.items():
            if tag in operation.get("tags", ()):
                yield method.upper(), code(path), operation["summary"]
