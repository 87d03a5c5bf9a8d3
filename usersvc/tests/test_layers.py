"""Imports point down: usersvc.api ← exports ← users ← usersvc.urls and usersvc.settings."""

import ast
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
# Lowest first; a module belongs to the longest prefix that fits.
LAYERS = [
    ("usersvc", 0),
    ("exports", 1),
    ("usersvc.celery", 1),
    ("usersvc.web_worker", 1),
    ("users", 2),
    ("usersvc.urls", 3),
    ("usersvc.wsgi", 3),
]
FILES = sorted(
    path
    for app in ("usersvc", "exports", "users")
    for path in (ROOT / app).rglob("*.py")
    if "tests" not in path.parts and "migrations" not in path.parts
)
ASKING = ("views.py", "serializers.py", "filters.py", "filtering.py")


def layer(module):
    fitting = [
        (len(prefix), level)
        for prefix, level in LAYERS
        if module == prefix or module.startswith(f"{prefix}.")
    ]
    return max(fitting)[1] if fitting else None


def module_of(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path):
    package = module_of(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((f"{module}.{alias.name}", node) for alias in node.names)


def test_imports_point_down():
    upward = [
        (module_of(path), name)
        for path in FILES
        for name, _ in imports(path)
        if (layer(name) or 0) > layer(module_of(path))
    ]
    assert upward == []


def test_the_test_would_see_an_upward_import():
    assert layer("users.models.User") > layer("exports.pipeline") > layer("usersvc.api.errors")
    assert layer("usersvc.urls") > layer("users.exports")


@pytest.mark.parametrize("path", [path for path in FILES if path.name in ASKING], ids=module_of)
def test_no_question_is_asked_outside_the_querysets(path):
    """Views, serializers and FilterSets hold no lookups: they call the queryset's words."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Q":
            pytest.fail(f"line {node.lineno}: Q(")
        if isinstance(node, ast.keyword) and "__" in (node.arg or ""):
            pytest.fail(f"line {node.value.lineno}: {node.arg}")


def test_the_project_package_is_empty():
    assert (ROOT / "usersvc" / "__init__.py").read_text() == ""


def test_files_stay_short():
    lengths = {module_of(path): len(path.read_text().splitlines()) for path in FILES}
    assert {module: length for module, length in lengths.items() if length > 300} == {}


def test_functions_stay_short():
    long = [
        (module_of(path), node.name)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= 50
    ]
    assert long == []
