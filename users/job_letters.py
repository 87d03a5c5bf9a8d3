"""Letters that tell of a job's end."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from exports.models import Job, State

from .models import User

SUBJECTS = {State.DONE: "Your {kind} is complete"}
OTHERWISE = "Your {kind} failed"


def send(job: Job) -> None:
    """Tell the owner of a job how it ended; whoever may no longer sign in is told nothing."""
    person: User | None = User.objects.filter(pk=job.owner_id).first()
    if person is None or not person.is_active or not person.email:
        return
    words = {
        "person": person,
        "job": job,
        "address": settings.BASE_URL + reverse("job", args=[job.pk]),
    }
    subject = SUBJECTS.get(State(job.state), OTHERWISE).format(kind=job.kind)
    send_mail(subject, render_to_string("emails/job.txt", words), None, [person.email])
