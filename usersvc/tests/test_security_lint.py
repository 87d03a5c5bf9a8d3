"""Two linters that look for what is unsafe find nothing; each exception names its reason."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = ["usersvc", "users", "exports", "manage.py"]
LINTERS = {
    "bandit": ["-q", "-c", "pyproject.toml", "-r", *OURS],
    "ruff": ["check", "--select", "S", *OURS],
}


@pytest.mark.once
@pytest.mark.browser  # as those, it needs the packages of requirements-dev.txt
@pytest.mark.parametrize("linter", LINTERS)
def test_nothing_is_found(linter):
    command = [sys.executable, "-m", linter, *LINTERS[linter]]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr
