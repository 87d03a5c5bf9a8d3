from .chore import Chore, ChoreManager
from .job import Job, new_job_id
from .job_queryset import (
    INPUT_KEPT,
    JOB_ID_PATTERN,
    MOST_ATTEMPTS,
    JobQuerySet,
    State,
    TooManyJobsError,
)

__all__ = [
    "INPUT_KEPT",
    "JOB_ID_PATTERN",
    "MOST_ATTEMPTS",
    "Chore",
    "ChoreManager",
    "Job",
    "JobQuerySet",
    "State",
    "TooManyJobsError",
    "new_job_id",
]
