"""`make run`: sets up, then serves until interrupted."""

import os

import foreground
import prepare


def main() -> int:
    """Serve; return the exit code."""
    os.chdir(prepare.ROOT)
    prepare.prepare_to_run()
    command = [str(prepare.PYTHON), "manage.py", "serve"]
    return foreground.run(command, environment(), hold_signals=True)


def environment() -> dict[str, str]:
    """Return the environment, in which staff of a demo directory need no second factor."""
    found = dict(os.environ)
    if found.get("USERSVC_DEMO_USERS") != "0":
        found.setdefault("USERSVC_STAFF_MFA", "optional")
    return found


if __name__ == "__main__":
    foreground.start(main)
