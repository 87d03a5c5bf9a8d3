"""Prints an HTML file with headless Chromium; writes its CPU seconds, of all its processes."""
# ruff: noqa: S603, T201  (it runs a browser on our own page, for its parent to read)

import ctypes
import os
import resource
import subprocess
import sys
from tempfile import TemporaryDirectory

CHILD_SUBREAPER = 36  # prctl: what a browser leaves behind is ours to wait for, and so to count
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-pdf-header-footer",
)


def main() -> None:
    """Print the file that is named, and write the seconds."""
    ctypes.CDLL(None).prctl(CHILD_SUBREAPER, 1, 0, 0, 0)
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        subprocess.run(
            [
                "/usr/bin/chromium",
                *OPTIONS,
                f"--user-data-dir={folder}",
                f"--print-to-pdf={folder}/page.pdf",
                f"file://{sys.argv[1]}",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        size = os.stat(f"{folder}/page.pdf").st_size
    try:
        while True:
            os.wait()
    except ChildProcessError:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(used.ru_utime + used.ru_stime, size)


if __name__ == "__main__":
    main()
