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
    import venvs

    (tmp_path / "requirements.txt").write_text("one==1\n")
    prepare.ran = []
    monkeypatch.setattr(prepare, "ROOT", tmp_path)
    monkeypatch.setattr(prepare, "VENV", venvs.Venv(tmp_path / ".venv"))
    monkeypatch.setattr(prepare, "RUN_PACKAGES", [])
    monkeypatch.setattr(foreground, "run", lambda command, *_: prepare.ran.append(command))
    put(prepare.VENV.python, "echo 3.11.2")
    return prepare


def put(python, does):
    """Write a Python that does no more than this line of a shell."""
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text(f"#!/bin/sh\n{does}\n")
    python.chmod(0o755)


def test_a_second_run_installs_nothing(prepare):
    prepare.prepare_to_run()
    assert [command[1:4] for command in prepare.ran] == [["-m", "pip", "install"]]
    assert "--require-hashes" in prepare.ran[0]
    prepare.prepare_to_run()
    assert len(prepare.ran) == 1


def test_another_lock_or_another_python_installs_again(prepare, tmp_path):
    prepare.prepare_to_run()
    (tmp_path / "requirements.txt").write_text("one==2\n")
    prepare.prepare_to_run()
    put(prepare.VENV.python, "echo 3.99.0")
    prepare.prepare_to_run()
    assert len(prepare.ran) == 3


def test_a_failed_install_is_tried_again(prepare, monkeypatch):
    import foreground

    monkeypatch.setattr(foreground, "run", lambda *_: 1)
    for _ in range(2):
        with pytest.raises(SystemExit, match="ended with 1"):
            prepare.prepare_to_run()


@pytest.mark.parametrize("does", ["exit 1", None])
def test_a_venv_whose_python_is_gone_is_made_again(prepare, tmp_path, does):
    prepare.VENV.python.unlink()
    if does:
        put(prepare.VENV.python, does)
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


@pytest.fixture
def pyenv(prepare, monkeypatch, tmp_path):
    """The folder of pyenv's Pythons, where PATH has nothing but a shim that runs none of them."""
    put(tmp_path / "shims/python3.13", "exit 127")
    monkeypatch.setenv("PATH", f"{tmp_path}/shims")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    return tmp_path / "pyenv/versions"


def test_the_second_pass_has_the_newest_python_and_the_same_packages(prepare, pyenv, tmp_path):
    clients = tmp_path / prepare.CLIENTS
    clients.mkdir(parents=True)
    for name in ("package.json", "package-lock.json", "requirements.txt"):
        (clients / name).write_text("two==2\n")
    (tmp_path / "requirements-dev.txt").write_text("two==2\n")
    put(pyenv / "3.13.0t/bin/python3.13", "printf 3.13t")
    put(pyenv / "3.13.1/bin/python3.13", "printf 3.13")
    put(pyenv / "3.13.2/bin/python3.13", "exit 1")
    put(tmp_path / ".venv-3.13/bin/python", "exit 1")
    venv = prepare.prepare_to_test_again()
    assert venv.folder == tmp_path / ".venv-3.13"
    made, *installed = prepare.ran
    base = str(pyenv / "3.13.1/bin/python3.13")
    assert made == [base, "-m", "venv", "--clear", str(venv.folder)]
    uv = [str(prepare.VENV.python), "-m", "uv", "pip", "install", "-q", "--require-hashes"]
    assert [command[: len(uv) + 2] for command in installed[:3]] == [
        [*uv, "--python", str(venv.python)]
    ] * 3
    locked = ["requirements.txt", "requirements-dev.txt", f"{prepare.CLIENTS}/requirements.txt"]
    assert [command[-1] for command in installed[:3]] == [str(tmp_path / name) for name in locked]
    assert installed[3][-2:] == ["--prefix", str(venv.folder / "clients/node")]


def test_the_second_pass_has_the_first_python_where_no_newer_one_runs(prepare, pyenv):
    put(pyenv / "3.13.2/bin/python3.13", "exit 1")
    assert prepare.prepare_to_test_again() is prepare.VENV
    put(pyenv / "3.13.2/bin/python3.13", "printf 3.13")
    put(prepare.VENV.python, "echo 3.13.0")
    assert prepare.prepare_to_test_again() is prepare.VENV
    assert prepare.ran == []


def test_a_python_is_asked_for_its_version(prepare, pyenv):
    """What the others play is true of the Python at hand."""
    put(prepare.VENV.python, f'exec {sys.executable} "$@"')
    assert prepare.VENV.version().strip() == sys.version
    put(pyenv / "3.13.2/bin/python3.13", f'exec {sys.executable} "$@"')
    is_newest = sys.version_info[:2] == (3, 13)
    assert bool(prepare.venvs.newest_python()) == is_newest


def test_the_bootstrap_needs_nothing_but_the_standard_library():
    code = "import sys; sys.path.insert(0, 'scripts'); import suite, run, distributed"
    subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, check=True)
