"""Writes docs/settings.md out of the code that reads each variable, and of usersvc/meanings.py."""

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "settings.md"
READ_IN = ("settings", "logging", "caching", "databases", "storage")
HEAD = """\
# Settings

All of them come from the environment, and an empty one is an absent one. What is not allowed ends
the start with one sentence that names the variable, its value and what is allowed. This page is
made of the code that reads them (`make settings`). An example in `$(…)` is a command that makes a
value: write down what it prints.

| variable | default | allowed | meaning | example |
|---|---|---|---|---|
"""
KINDS = {
    "address": "an IP address",
    "database": "`postgresql://…` or `sqlite:///…`",
    "folder": "a folder, made where it is not there",
    "keys": "Fernet keys, separated by commas",
    "location": "a path with a slash at both ends",
    "networks": "addresses and networks, separated by commas",
    "secret": "32 characters or more",
    "secrets_before": "keys of 32 characters or more, separated by commas",
    "text": "a text",
    "token": "32 characters or more",
    "words": "names, separated by commas",
}
DEFAULTS = {
    "database": "SQLite in `USERSVC_DATA`",
    "folder": "`var/`",
    "keys": "made in `USERSVC_DATA`",
    "secret": "made in `USERSVC_DATA`",
}


def main() -> None:
    """Write the page."""
    PAGE.write_text(page())


def page() -> str:
    """Return the page, a row for each variable in the order of their meanings."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "usersvc.settings")
    from usersvc.meanings import MEANINGS

    calls = dict(read())
    rows = [_row(name, *calls[name], *MEANINGS[name]) for name in MEANINGS]
    return HEAD + "\n".join(rows) + "\n"


def read() -> Iterator[tuple[str, tuple[str, ast.Call]]]:
    """Yield each variable that is read: its name, the kind of its reader, and the call."""
    for module in READ_IN:
        for node in ast.walk(ast.parse((ROOT / "usersvc" / f"{module}.py").read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            of_ours = isinstance(node.func.value, ast.Name) and node.func.value.id == "env"
            first = node.args[0] if node.args else None
            if of_ours and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value, (node.func.attr, node)


def _row(name: str, kind: str, call: ast.Call, meaning: str, example: str) -> str:
    cells = (f"`{name}`", _default(kind, call), _allowed(kind, call), meaning, f"`{example}`")
    return f"| {' | '.join(cells)} |"


def _default(kind: str, call: ast.Call) -> str:
    if kind in DEFAULTS:
        return DEFAULTS[kind]
    if len(call.args) < 2:
        return "none"
    told = call.args[1]
    if isinstance(told, ast.JoinedStr):
        return f"`{''.join(map(_part, told.values))}`"
    value = _value(told)
    value = ",".join(value) if isinstance(value, list) else value
    return "none" if value == "" else f"`{value}`"


def _part(node: ast.expr) -> str:
    if isinstance(node, ast.FormattedValue):
        return ast.unparse(node.value)
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _allowed(kind: str, call: ast.Call) -> str:
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    if kind == "number":
        least, most = (
            _value(named.get(name) or call.args[place])
            for name, place in (("least", 2), ("most", 3))
        )
        return f"a whole number from {least} to {most}"
    if kind == "word":
        return " or ".join(f"`{word}`" for word in _value(call.args[2]))
    if kind == "url":
        return " or ".join(f"`{scheme}://…`" for scheme in _value(named["schemes"]))
    return KINDS[kind]


def _value(node: ast.expr) -> Any:
    """Return what an expression of the settings gives where nothing is set."""
    from usersvc import settings

    return eval(compile(ast.Expression(node), "settings", "eval"), vars(settings))  # noqa: S307


if __name__ == "__main__":
    main()
