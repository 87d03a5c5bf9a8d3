"""The floor of what the suite has to run."""

import json

import pytest

from .serving import ROOT

pytestmark = pytest.mark.once


@pytest.fixture
def covered(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import covered

    return covered


def report(path, ran, missing):
    """Write a report of one branch of each package a number, from line 1 to it."""
    files = {
        f"{package}/a.py": {
            "executed_branches": [[1, to] for to in ran],
            "missing_branches": [[1, to] for to in missing],
        }
        for package in ("users", "exports", "usersvc")
    }
    path.write_text(json.dumps({"files": files}))
    return path


def test_what_ran_in_either_pass_counts(covered, tmp_path, capsys):
    first = report(tmp_path / "1", range(90), range(90, 100))
    second = report(tmp_path / "2", range(85, 95), [*range(85), *range(95, 100)])
    assert covered.is_enough([first, second])
    assert "users: 95.0 % of the branches ran" in capsys.readouterr().out


def test_below_the_floor_the_worst_files_are_named(covered, tmp_path, capsys):
    assert not covered.is_enough([report(tmp_path / "1", range(94), range(94, 100))])
    assert "users/a.py: 6 branches did not run" in capsys.readouterr().out
