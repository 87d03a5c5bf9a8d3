"""The way of docs/deploy.md: the script in a clean folder, and what it makes behind nginx."""

import json
import os
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager
from http.client import HTTPSConnection
from pathlib import Path

import pytest

from users.tests.receiving import certificate
from usersvc.tests.serving import free_port, kept

# nginx and systemd come with the packages of `make test`.
pytestmark = [pytest.mark.browser, pytest.mark.once]

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120  # seconds
NAME = "localhost"
FROM = "Rome & Co. $HOME `id` <directory@example.com>"
MAKING_A_KEY = """
from users import service_accounts
from users.models import ServiceAccount, User
from users.permissions import permissions_by_name
account = ServiceAccount(name="files", owner=User.objects.get())
account.renew_secret()
account.save()
account.permissions.set(permissions_by_name().values())
print(service_accounts.make_key(account, name="files", mode="write")[1])
"""
MAIN = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
{user}
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {site};
}}
"""


class Machine:
    """A folder that the script takes for a machine."""

    def __init__(self, folder):
        self.folder = folder
        self.trusted, self.certificate = certificate(folder)
        self.ports = {name: str(free_port()) for name in ("PORT", "HTTP", "HTTPS")}
        self.file.parent.mkdir(parents=True)
        self.file.write_text(f"USERSVC_MAIL_FROM={FROM}")  # and no end of the line
        first = self.install()
        app = self.folder / "opt/usersvc"
        self.copied = [path.name for path in app.iterdir()]
        (app / "users/of_before.py").touch()
        (app / "var").mkdir()
        (app / "var/kept").touch()
        again = self.install()
        self.said = [done.stdout for done in (first, again)]
        assert [done.returncode for done in (first, again)] == [0, 0], [first, again]

    def install(self, name=NAME, certificate=None, **more):
        told = {"DESTDIR": str(self.folder), "VENV": sys.prefix, **self.ports, **more}
        certificate = certificate or self.certificate
        command = [ROOT / "deploy" / "install.sh", name, certificate, certificate]
        return subprocess.run(
            command, env=kept() | told, capture_output=True, text=True, check=False
        )

    @property
    def file(self):
        return self.folder / "etc/usersvc/usersvc.env"

    def manage(self, *words):
        """Run a command of manage.py as an operator does, and return what it prints."""
        command = [self.folder / "usr/local/sbin/usersvc-manage", *words]
        environment = {"PATH": os.environ["PATH"]}
        done = subprocess.run(
            command, cwd="/", env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def units(self):
        return sorted((self.folder / "etc/systemd/system").iterdir())

    @property
    def settings(self):
        return dict(line.split("=", 1) for line in self.file.read_text().splitlines())

    def command(self, unit):
        """Return what a unit starts, as a list of words."""
        text = (self.folder / "etc/systemd/system" / unit).read_text()
        (line,) = [line for line in text.splitlines() if line.startswith("ExecStart=")]
        return shlex.split(line.partition("=")[2])

    def start(self, command, log):
        environment = {"PATH": os.environ["PATH"], **self.settings, "USERSVC_LOG": "json"}
        return subprocess.Popen(
            command,
            cwd=self.folder / "opt/usersvc",
            env=environment,
            stdout=(self.folder / log).open("w"),
            stderr=subprocess.STDOUT,
        )

    def nginx(self, *options):
        user = "user root;" if os.geteuid() == 0 else ""
        site = self.folder / "etc/nginx/sites-enabled/usersvc"
        main = self.folder / "nginx.conf"
        main.write_text(MAIN.format(folder=self.folder, user=user, site=site))
        return [shutil.which("nginx", path="/usr/sbin:/usr/bin"), "-c", str(main), *options]


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    return Machine(tmp_path_factory.mktemp("machine"))


@pytest.fixture(scope="module")
def served(machine):
    """The service as its units start it, behind nginx as its site has it."""
    with (
        running(machine.start(machine.command("usersvc-web.service"), "web.log")),
        running(machine.start(machine.command("usersvc-worker.service"), "worker.log")),
        running(subprocess.Popen(machine.nginx())),
    ):
        until(lambda: ask(machine, "GET", "/readyz")[0] == 200)
        yield machine


@contextmanager
def running(process):
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)


def until(is_so):
    for _ in range(PATIENCE * 10):
        try:
            if is_so():
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError("It never came to that.")


def ask(machine, method, path, body=None, **headers):
    """Ask over TLS, as anybody out there would."""
    trusting = ssl.create_default_context(cafile=machine.trusted)
    trusting.check_hostname = False
    connection = HTTPSConnection("127.0.0.1", int(machine.ports["HTTPS"]), context=trusting)
    headers = {"Host": NAME, **{name.replace("_", "-"): text for name, text in headers.items()}}
    if body is not None:
        headers["Content-Type"], body = "application/json", json.dumps(body)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), content


def test_installing_again_changes_nothing(machine):
    first, again = machine.said
    assert "admin signs in with the password " in first
    assert "admin is there already." in again
    assert machine.file.stat().st_mode & 0o777 == 0o640


def test_what_was_made_in_the_checkout_stays_there(machine):
    assert "manage.py" in machine.copied
    assert [name for name in machine.copied if name.startswith((".venv", "var", ".new"))] == []


def test_what_a_version_before_had_goes_and_a_folder_of_data_does_not(machine):
    app = machine.folder / "opt/usersvc"
    assert not (app / "users/of_before.py").exists()
    assert (app / "users/models/user.py").exists()
    assert (app / "var/kept").exists()


def test_settings_stay_and_are_taken_as_they_are_written(machine):
    assert list(machine.settings)[:2] == ["USERSVC_MAIL_FROM", "USERSVC_DATA"]
    told = "from django.conf import settings; print(settings.DEFAULT_FROM_EMAIL)"
    assert machine.manage("shell", "--no-imports", "-c", told) == f"{FROM}\n"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"certificate": "directory.pem"}, "directory.pem: nginx wants the whole path"),
        ({"certificate": "/nowhere.pem"}, "/nowhere.pem cannot be read."),
        ({"name": "other.example"}, f"USERSVC_BASE_URL is https://{NAME}, and not https://other"),
        ({"PORT": "1"}, "and not 1: change it in "),
    ],
)
def test_what_does_not_fit_is_one_sentence_and_nothing_is_touched(machine, given, said):
    def state():
        return [(path, path.stat().st_mtime_ns) for path in (*machine.units, machine.file)]

    before = state()
    done = machine.install(**given)
    assert done.returncode == 1
    assert said in done.stderr
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    assert state() == before


def test_the_folders_are_for_the_service_alone(machine):
    data = machine.folder / "var/lib/usersvc"
    modes = {path.name: path.stat().st_mode & 0o777 for path in [data, *data.iterdir()]}
    assert (modes["usersvc"], modes["jobs"]) == (0o710, 0o750)
    for name in ("secret.key", "encryption.key", "audit.key"):
        assert modes[name] == 0o600
    assert modes["usersvc.sqlite3"] == 0o600


def test_systemd_takes_the_units(machine):
    assert len(machine.units) == 6
    command = ["systemd-analyze", "verify", "--man=no", *machine.units]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_nothing_is_left_to_be_filled_in(machine):
    site = machine.folder / "etc/nginx/sites-enabled/usersvc"
    assert [path.name for path in [*machine.units, site] if "@" in path.read_text()] == []


def test_nginx_takes_the_site(machine):
    done = subprocess.run(machine.nginx("-t"), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_timers_do_what_they_say(machine):
    for unit in ("usersvc-backup.service", "usersvc-verify.service"):
        text = (machine.folder / "etc/systemd/system" / unit).read_text()
        for line in text.splitlines():
            if line.startswith("ExecStart"):
                words = shlex.split(line.partition("=")[2].replace("%%", "%"))
                with running(machine.start(words, "timer.log")) as process:
                    assert process.wait(PATIENCE) == 0, (machine.folder / "timer.log").read_text()
    (backup,) = (machine.folder / "var/backups/usersvc").iterdir()
    assert backup.stat().st_mode & 0o777 == 0o600


def test_the_service_is_behind_tls(served):
    status, headers, _ = ask(served, "GET", "/account/login/")
    assert status == 200
    assert "max-age=31536000" in headers["Strict-Transport-Security"]
    assert "nginx/" not in headers["Server"]
    answer = ask_plainly(served, "/users?x=1")
    assert answer.startswith("HTTP/1.1 301")
    assert f"Location: https://{NAME}/users?x=1" in answer


def ask_plainly(served, path):
    """Ask without TLS, and return the whole answer."""
    with socket.create_connection(("127.0.0.1", int(served.ports["HTTP"]))) as plain:
        plain.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        return plain.makefile("rb").read().decode()


def test_an_authority_of_certificates_finds_its_challenge_without_tls(served):
    folder = served.folder / "var/www/html/.well-known/acme-challenge"
    folder.mkdir(parents=True)
    (folder / "token").write_text("of the authority")
    assert ask_plainly(served, "/.well-known/acme-challenge/token").endswith("of the authority")
    assert ask_plainly(served, "/.well-known/acme-challenge/../../x").startswith("HTTP/1.1 301")


def key_of(served):
    """Return the key of a service account, made on the machine."""
    return served.manage("shell", "--no-imports", "-c", MAKING_A_KEY).split()[-1]


def test_a_file_of_a_job_comes_from_nginx_whole_and_in_parts(served):
    key = key_of(served)
    own = {"Authorization": f"Bearer {key}"}
    status, _, content = ask(served, "POST", "/api/v2/jobs/users-exports", {"format": "csv"}, **own)
    assert status == 200, content
    job = f"/api/v2/jobs/{json.loads(content)['id']}"
    until(lambda: json.loads(ask(served, "GET", job, **own)[2])["status"] == "completed")
    link = "/" + json.loads(ask(served, "GET", job, **own)[2])["location"].split("/", 3)[3]
    status, headers, whole = ask(served, "GET", link)
    assert (status, headers["Content-Length"]) == (200, str(len(whole)))
    assert headers["Content-Type"] == "application/gzip"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    (kept,) = (served.folder / "var/lib/usersvc/jobs").glob("??/*")
    assert whole == kept.read_bytes()
    etag = headers["ETag"]
    for wanted in ("bytes=3-9", "bytes=-5", "bytes=7-"):
        first, last = wanted.removeprefix("bytes=").split("-")
        part = whole[-5:] if not first else whole[int(first) : int(last) + 1 if last else None]
        for more in ({}, {"If_Range": etag}):
            status, headers, content = ask(served, "GET", link, Range=wanted, **more)
            assert (status, content, headers["ETag"]) == (206, part, etag)
            assert headers["Content-Range"].endswith(f"/{len(whole)}")
    assert ask(served, "GET", link, Range="bytes=3-9", If_Range='"x"')[::2] == (200, whole)
    assert ask(served, "GET", link, If_None_Match=etag)[::2] == (304, b"")
    assert ask(served, "GET", link, Range=f"bytes={len(whole)}-")[0] == 416
    for path in (f"/_files/{kept.parent.name}/{kept.name}", "/_files/", "/_files/../secret.key"):
        assert ask(served, "GET", path)[0] in (400, 404)
    kept.unlink()
    assert ask(served, "GET", link)[0] == 404


def test_what_a_caller_says_of_its_way_is_nobodys_word(served):
    ask(served, "GET", "/nowhere", X_Forwarded_For="203.0.113.9", X_Request_ID="of-a-caller-1")
    log = (served.folder / "web.log").read_text()
    assert "of-a-caller-1" not in log
    assert "203.0.113.9" not in log
