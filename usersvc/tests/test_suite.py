"""The suite runs twice, and says on what."""

from contextlib import nullcontext

import pytest

from .serving import ROOT

pytestmark = pytest.mark.once
SERVER = "postgresql://postgres@/postgres?host=/tmp/here"


@pytest.fixture
def suite(monkeypatch, tmp_path):
    """scripts/suite.py with nothing to set up; ran holds the command and settings of each pass."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import foreground
    import postgres
    import prepare
    import suite
    import venvs

    suite.ran, suite.codes = [], [0, 0]

    def run(command, environment):
        suite.ran.append((command, environment))
        return suite.codes[len(suite.ran) - 1]

    def venv(version):
        python = tmp_path / version / "bin/python"
        python.parent.mkdir(parents=True)
        python.write_text(f"#!/bin/sh\necho {version}.1\n")
        python.chmod(0o755)
        return venvs.Venv(tmp_path / version)

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("sys.argv", ["suite.py", "-k", "risky"])
    monkeypatch.setattr(prepare, "VENV", venv("3.11"))
    monkeypatch.setattr(prepare, "prepare_to_test", lambda: None)
    monkeypatch.setattr(prepare, "prepare_to_test_again", lambda: venv("3.13"))
    monkeypatch.setattr(postgres, "throwaway", lambda: nullcontext(SERVER))
    monkeypatch.setattr(foreground, "run", run)
    return suite


def test_each_pass_has_a_python_and_a_database_of_its_own(suite, tmp_path, capsys):
    assert suite.main() == 0
    (first, with_sqlite), (second, with_postgres) = suite.ran
    assert first[0] == str(tmp_path / "3.11/bin/python")
    assert second[0] == str(tmp_path / "3.13/bin/python")
    assert first[-2:] == second[-2:] == ["-k", "risky"]
    assert "DATABASE_URL" not in with_sqlite
    assert with_postgres["DATABASE_URL"] == SERVER
    said = capsys.readouterr().out
    assert "== The suite on SQLite, Python 3.11\n" in said
    assert "== The suite on PostgreSQL, Python 3.13\n" in said


@pytest.mark.parametrize("codes", [(1, 0), (0, 1)])
def test_it_fails_where_either_pass_does(suite, codes):
    suite.codes = codes
    assert suite.main() == 1
    assert len(suite.ran) == 2


def test_an_interrupt_ends_it_all(suite):
    suite.codes = [2]
    assert suite.main() == 2
    assert len(suite.ran) == 1
