"""docs/security.md answers every requirement of ASVS at levels 1 and 2, with what really exists."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "security.md"
LEVELS = Path(__file__).with_name("asvs_levels.txt")
ROW = re.compile(r"^\| (V\d+\.\d+\.\d+) \| (\d) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
ANSWERS = {  # how an answer begins: what it is
    "Partly:": "partly",
    "Not met:": "not met",
    "Being built:": "being built",
    "Operator:": "left to the operator",
    "Does not apply:": "does not apply",
}
TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")
FILE = re.compile(r"`((?!/)[a-z.][\w.-]*/[\w./-]*|[A-Z]+\.md|[\w-]+\.(?:txt|toml|in))`")
TEXT = DOCUMENT.read_text()
ROWS = ROW.findall(TEXT)


def required():
    """Yield each number of levels 1 and 2 with its level, in the order of the standard."""
    for line in LEVELS.read_text().splitlines()[1:]:
        section, *levels = line.split()
        for number, level in enumerate(levels, 1):
            if level in "12":
                yield f"{section}.{number}", level


def kind(answer):
    """Return what an answer is: met, unless it begins with another word."""
    return next((what for word, what in ANSWERS.items() if answer.startswith(word)), "met")


def functions(path):
    """Return the names of the tests of a file."""
    return {
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_the_standard_has_so_many_requirements():
    levels = [level for line in LEVELS.read_text().splitlines()[1:] for level in line.split()[1:]]
    assert Counter(levels) == {"1": 70, "2": 183, "3": 92}


def test_every_requirement_has_one_row_in_its_place():
    assert [(number, level) for number, level, *_ in ROWS] == list(required())
    assert len(ROWS) == len(re.findall(r"^\| V\d", TEXT, re.MULTILINE))


@pytest.mark.parametrize(("path", "name"), sorted(set(TEST.findall(TEXT))))
def test_every_test_that_is_named_exists(path, name):
    assert name.startswith("test_")
    assert name in functions(ROOT / path)


def test_every_file_that_is_named_exists():
    named = set(FILE.findall(TEXT))
    assert len(named) > 50
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_is_met_is_shown(row):
    """By a test, or for what a document has to say, by that document."""
    number, _, _, answer, shown = row
    if kind(answer) in ("met", "partly"):
        assert TEST.search(shown) or FILE.search(shown), number
    else:
        assert shown == "—" or TEST.search(shown), number


def test_the_numbers_at_the_top_are_those_of_the_tables():
    found = Counter(kind(answer) for _, _, _, answer, _ in ROWS)
    told = dict(re.findall(r"^\| ([a-z ]+) \| (\d+) \|$", TEXT, re.MULTILINE))
    assert {what: int(number) for what, number in told.items()} == found
