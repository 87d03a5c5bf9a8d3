"""What is wrong: with a row, which is refused then, or with the file, which ends there."""

import json
from dataclasses import dataclass
from typing import Any

LONGEST_ECHO = 100
# Whatever a cell of these holds, nobody may read it in a report.
SECRET = frozenset({"password_hash"})


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where, with what, a word for programs and a sentence.

    line is 0 and field empty where it is not about one.
    """

    line: int
    field: str
    value: str
    code: str
    message: str

    def __post_init__(self) -> None:
        for name in ("field", "message"):
            object.__setattr__(self, name, tellable(getattr(self, name)))

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        field = f"{self.field}: " if self.field else ""
        given = f" (given: {self.value})" if self.value else ""
        return f"{place}{field}{self.message}{given}"


class Unreadable(ValueError):  # noqa: N818 - a state of the file
    """The file cannot be read, or not any further."""

    def __init__(self, code: str, message: str, line: int = 0, field: str = "") -> None:
        self.fault = Fault(line, field, "", code, message)
        super().__init__(str(self.fault))


def tellable(text: str) -> str:
    """Return a text without halves of surrogate pairs: JSON may name them, no report can."""
    return text.encode("utf-8", "replace").decode()


def echo(value: Any, field: str = "") -> str:
    """Return a value as a text that is short enough to be repeated; nothing of a secret."""
    if value is None or field in SECRET:
        return ""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    text = tellable(value if isinstance(value, str) else json.dumps(value))
    return text if len(text) <= LONGEST_ECHO else text[: LONGEST_ECHO - 1] + "…"
