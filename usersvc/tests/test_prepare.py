"""Setting up happens once, and what cannot be set up is named in one sentence."""

import subprocess
import sys

import pytest

from .serving import ROOT

pytestmark = pytest.mark.once


@pytest.fixture
def prepare(monkeypatch, tmp_path):
    """scripts/prepare.py over a folder of its own; ran holds the commands it would have run."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import foreground
    import prepare

    (tmp_path / "requirements.txt").write_text("one==1\n")
    (tmp_path / ".venv").mkdir()
    prepare.ran = []
    monkeypatch.setattr(prepare, "ROOT", tmp_path)
    monkeypatch.setattr(prepare, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(prepare, "PYTHON", sys.executable)
    monkeypatch.setattr(prepare, "RUN_PACKAGES", [])
    monkeypatch.setattr(foreground, "run", lambda command, *_: prepare.ran.append(command))
    return prepare


def test_a_second_run_installs_nothing(prepare):
    prepare.prepare_to_run()
    assert [command[1:4] for command in prepare.ran] == [["-m", "pip", "install"]]
    assert "--require-hashes" in prepare.ran[0]
    prepare.prepare_to_run()
    assert len(prepare.ran) == 1


def test_another_lock_or_another_python_installs_again(prepare, monkeypatch, tmp_path):
    prepare.prepare_to_run()
    (tmp_path / "requirements.txt").write_text("one==2\n")
    prepare.prepare_to_run()
    monkeypatch.setattr(prepare, "_venv_version", lambda: "3.99")
    prepare.prepare_to_run()
    assert len(prepare.ran) == 3


def test_a_failed_install_is_tried_again(prepare, monkeypatch):
    import foreground

    monkeypatch.setattr(foreground, "run", lambda *_: 1)
    for _ in range(2):
        with pytest.raises(SystemExit, match="ended with 1"):
            prepare.prepare_to_run()


def test_a_venv_whose_python_is_gone_is_made_again(prepare, monkeypatch, tmp_path):
    monkeypatch.setattr(prepare, "PYTHON", tmp_path / ".venv/bin/python")
    prepare.prepare_to_run()
    assert prepare.ran[0] == [sys.executable, "-m", "venv", "--clear", str(tmp_path / ".venv")]


def test_root_gets_what_is_missing_and_only_that(prepare, monkeypatch):
    monkeypatch.setattr(prepare, "RUN_PACKAGES", ["there", "missing"])
    monkeypatch.setattr(prepare, "_is_installed", lambda name: name == "there")
    monkeypatch.setattr(prepare.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(prepare.os, "geteuid", lambda: 0)
    prepare.prepare_to_run()
    assert prepare.ran[0] == ["apt-get", "-qq", "update"]
    assert prepare.ran[1][-2:] == ["--no-install-recommends", "missing"]


@pytest.mark.parametrize(
    ("tools", "sentence"),
    [
        (["dpkg-query", "apt-get"], "as root: apt-get install missing"),
        ([], "lacks what these Debian packages hold: there missing"),
    ],
)
def test_others_are_told_what_is_missing(prepare, monkeypatch, tools, sentence):
    monkeypatch.setattr(prepare, "RUN_PACKAGES", ["there", "missing"])
    monkeypatch.setattr(prepare, "_is_installed", lambda name: name == "there")
    monkeypatch.setattr(prepare.shutil, "which", lambda name: name if name in tools else None)
    monkeypatch.setattr(prepare.os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match=sentence):
        prepare.prepare_to_run()
    assert prepare.ran == []


def test_benchmarks_get_their_opponents_and_nobody_else_does(prepare, monkeypatch, tmp_path):
    for name in ("requirements-dev.txt", "requirements-bench.txt"):
        (tmp_path / name).write_text("two==2\n")
    monkeypatch.setattr(prepare, "BENCH_PACKAGES", [])
    prepare.prepare_to_develop()
    files = ["requirements.txt", "requirements-dev.txt"]
    assert [command[-1] for command in prepare.ran] == [str(tmp_path / name) for name in files]
    prepare.prepare_to_bench()
    assert prepare.ran[-1][-1] == str(tmp_path / "requirements-bench.txt")
    assert len(prepare.ran) == 3


def test_the_bootstrap_needs_nothing_but_the_standard_library():
    code = "import sys; sys.path.insert(0, 'scripts'); import prepare, foreground, postgres"
    subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, check=True)
