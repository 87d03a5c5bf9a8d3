"""/metrics: what the processes counted, and how the jobs stand, for Prometheus."""

import hmac
from collections.abc import Iterator

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from usersvc import clock

from .models import Job, State


@csrf_exempt
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer whoever has the token; 404 where none is set, 401 for any other."""
    if not settings.METRICS_TOKEN:
        raise Http404
    told = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(told.encode(), settings.METRICS_TOKEN.encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(settings.METRICS_DIR))  # type: ignore[no-untyped-call]
    registry.register(Jobs())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Jobs(Collector):
    """How many jobs there are of each state, and for how long the oldest has waited."""

    def collect(self) -> Iterator[Metric]:
        counted = Job.objects.counted_by_state()
        by_state = GaugeMetricFamily("usersvc_jobs", "Jobs that are kept.", labels=["state"])
        for state in State:
            by_state.add_metric([state.value], counted.get(state.value, 0))
        yield by_state
        oldest = Job.objects.oldest_waiting()
        waited = (clock.now() - oldest.created_at).total_seconds() if oldest else 0
        yield GaugeMetricFamily("usersvc_jobs_oldest_waiting_seconds", "Its wait.", value=waited)
