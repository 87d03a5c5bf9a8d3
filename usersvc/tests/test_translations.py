"""The translations are complete and compiled, whatever text a page has got meanwhile."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.once, pytest.mark.browser]  # it needs Debian's gettext
ROOT = Path(__file__).resolve().parents[2]
PARTS = ("usersvc", "users", "exports", "templates", "manage.py", "Makefile")
CATALOG = Path("locale/it/LC_MESSAGES")
TEXT = r'(?:"(?:[^"\\]|\\.)*"\s*)+'
NOT_OURS = {"", '""'}


def texts(catalog):
    """Return what is to be translated."""
    return set(re.findall(rf"^msgid ({TEXT})", catalog.read_text(), re.M)) - NOT_OURS


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The sources as they are now, gathered anew."""
    folder = tmp_path_factory.mktemp("sources")
    for part in PARTS:
        there = ROOT / part
        if there.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "tests", "static")
            shutil.copytree(there, folder / part, ignore=ignored)
        else:
            shutil.copy(there, folder / part)
    shutil.copytree(ROOT / "locale", folder / "locale")
    options = ["-l", "it", "--no-wrap", "--no-obsolete", "--no-location"]
    command = [sys.executable, "manage.py", "makemessages", *options]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


def test_nothing_is_untranslated(copy):
    catalog = copy / CATALOG / "django.po"
    assert texts(catalog) == texts(ROOT / CATALOG / "django.po")
    text = catalog.read_text()
    assert "#, fuzzy" not in text
    found = re.findall(
        rf"^msgid ({TEXT})(?:msgid_plural {TEXT})?msgstr(?:\[0\])? \"\"\n\n", text, re.M
    )
    assert [each for each in found if each.strip() not in NOT_OURS] == []


def test_what_is_compiled_is_what_was_translated(tmp_path):
    compiled = tmp_path / "django.mo"
    source = ROOT / CATALOG / "django.po"
    command = ["msgfmt", "--check-format", "--check-header", "-o", compiled, source]
    subprocess.run(command, check=True, capture_output=True)
    assert compiled.read_bytes() == (ROOT / CATALOG / "django.mo").read_bytes()
