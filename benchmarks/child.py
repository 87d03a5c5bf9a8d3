"""A process that answers lines of JSON with lines of JSON."""
# ruff: noqa: S603  (it runs our own scripts)

import json
import subprocess
import sys
from typing import Any

from directories import ROOT


class Child:
    """A script of ours that is asked and answers until it is closed."""

    def __init__(self, script: str, environment: dict[str, str]) -> None:
        self.script = script
        self.process = subprocess.Popen(
            [sys.executable, f"benchmarks/{script}"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a question."""
        self.put(question)
        return self.read()

    def put(self, question: dict[str, Any]) -> None:
        """Ask without waiting for the answer, which read returns."""
        assert self.process.stdin  # noqa: S101
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()

    def read(self) -> dict[str, Any]:
        """Return the next answer."""
        assert self.process.stdout  # noqa: S101
        line = self.process.stdout.readline()
        return json.loads(line) if line else sys.exit(f"{self.script} has ended.")

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin  # noqa: S101
        self.process.stdin.close()
        self.process.wait()
