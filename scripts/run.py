"""`make run`: sets up, then serves until interrupted."""

import os

import foreground
import prepare


def main() -> int:
    """Serve; return the exit code."""
    os.chdir(prepare.ROOT)
    prepare.prepare_to_run()
    command = [str(prepare.PYTHON), "manage.py", "serve"]
    return foreground.run(command, _environment(), hold_signals=True)


def _environment() -> dict[str, str]:
    """Return the environment, in which staff of a demo directory need no second factor."""
    environment = dict(os.environ)
    if environment.get("USERSVC_DEMO_USERS") != "0":
        environment.setdefault("USERSVC_STAFF_MFA", "optional")
    return environment


if __name__ == "__main__":
    foreground.start(main)
