"""Whether the time that a wrong password takes tells of the account: a known name against none.

A real service on SQLite answers wrong passwords for names that are somebody's and names that are
nobody's, in turn and once each. The chance that an unknown name took longer than a known one is a
half when time tells nothing; the gate lets it be as far from that as chance alone would.
"""
# ruff: noqa: T201  (it shuffles tries and talks to a terminal)

import argparse
import http.client
import json
import random
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import directories

sys.path.insert(0, str(directories.ROOT))  # before this folder, whose names are its own

from usersvc.tests import serving

BEARABLE = 3.3  # standard errors: one run in a thousand is further off by chance
SETTINGS = {
    "USERSVC_FAILED_SIGN_INS_PER_MINUTE": "1000000",
    "USERSVC_REQUESTS_PER_MINUTE": "1000000",
}
PEOPLE = "SELECT username FROM users_user WHERE status = 'active' AND deleted_at IS NULL"


def main() -> int:
    """Print the two distributions and their gate; return 1 when it is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=400, help="of each kind")
    tries = parser.parse_args().tries
    with TemporaryDirectory(prefix="usersvc-bench-") as folder, serving.place(Path(folder)) as here:
        people = str(3 * tries)
        with serving.serving(here, USERSVC_DEMO_USERS=people, **SETTINGS) as service:
            names = [name for (name,) in here.rows(PEOPLE)][:tries]
            known, unknown = _timed(service.port, names)
    return _tell(known, unknown)


def _timed(port: int, names: list[str]) -> tuple[list[float], list[float]]:
    """Return the seconds of a wrong password for each name, and for as many that are nobody's."""
    tries = [(True, name) for name in names] + [(False, f"{name}-x") for name in names]
    random.shuffle(tries)
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for is_known, name in [(True, names[0]), (False, "warm"), *tries]:
        seconds[is_known].append(_seconds(port, name))
    return seconds[True][1:], seconds[False][1:]


def _seconds(port: int, name: str) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.connect()
    body = json.dumps({"username": name, "password": "wrong"})
    started = time.perf_counter()
    connection.request("POST", "/api/token", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    took = time.perf_counter() - started
    connection.close()
    if answer.status != 401:
        sys.exit(f"/api/token: {answer.status}")
    return took


def _tell(known: list[float], unknown: list[float]) -> int:
    longer = sum((b > a) + (b == a) / 2 for a in known for b in unknown)
    chance = longer / (len(known) * len(unknown))
    error = ((len(known) + len(unknown) + 1) / (12 * len(known) * len(unknown))) ** 0.5
    bearable = BEARABLE * error
    for label, seconds in (("known", known), ("unknown", unknown)):
        low, median, high = statistics.quantiles(seconds, n=4)
        print(f"{label:8} {len(seconds)} tries: median {median * 1000:.1f} ms ", end="")
        print(f"(quartiles {low * 1000:.1f} and {high * 1000:.1f})")
    passed = abs(chance - 0.5) <= bearable
    print(
        f"an unknown name takes longer than a known one: {chance:.3f} of pairs, "
        f"gate 0.5 ± {bearable:.3f}: {'passed' if passed else 'MISSED'}"
    )
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
