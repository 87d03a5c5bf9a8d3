"""The process that answers requests, and how it ends."""

import multiprocessing
import os
import shutil
from types import FrameType

from django.conf import settings

from exports import watching

from . import stops
from .threads import PatientWorker


class WebWorker(PatientWorker):
    """The worker of patient threads, which refuses connections as soon as it is to end."""

    def init_signals(self) -> None:
        """Heed signals, those included that came before."""
        super().init_signals()
        stops.heed()

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """End at once: an orderly exit would wait for threads in the middle of a file."""
        # Where the render processes were asked for; only an orderly exit would take it away.
        config = multiprocessing.current_process()._config  # type: ignore[attr-defined]
        if folder := config.get("tempdir"):
            shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Give what is under way its time."""
        if self.alive:
            watching.end_in(settings.GRACEFUL_SECONDS)
        super().handle_exit(sig, frame)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Accept connections, or none; once it is to end, the system refuses them."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            # Left open, they would let callers connect whom nobody answers.
            for listener in self.sockets:
                listener.close()
