"""The signals that stop a web process: kept for one that is new, until it knows what to do."""

import signal

STOPS = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


def hold() -> None:
    """Keep signals of this thread, and of a process that it forks, until they are heeded."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)


def heed() -> None:
    """Take the signals that were kept, and each further one as it comes."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
