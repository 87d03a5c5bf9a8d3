"""The process that answers requests, and how it ends at SIGTERM."""

from types import FrameType

from django.conf import settings

from exports import watching

from .threads import PatientWorker


class WebWorker(PatientWorker):
    """The worker of patient threads, which refuses connections as soon as it is to end."""

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
