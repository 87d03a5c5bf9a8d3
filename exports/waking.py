"""Waking a worker where no queue is used."""


def nobody(job_id: str) -> None:
    """Wake nobody: the workers look into the database by themselves."""
