from django.urls import path

from . import imports, views

urlpatterns = [
    path("api/v2/jobs", views.JobListView.as_view(), name="jobs"),
    path("api/v2/jobs/users-exports", views.UsersExportsView.as_view(), name="jobs-exports"),
    path("api/v2/jobs/users-imports", imports.UsersImportsView.as_view(), name="jobs-imports"),
    path("api/v2/jobs/<str:job_id>", views.JobView.as_view(), name="job"),
    path("api/v2/jobs/<str:job_id>/errors", imports.JobErrorsView.as_view(), name="job-errors"),
    path("api/v2/jobs/<str:job_id>/cancel", views.JobCancelView.as_view(), name="job-cancel"),
    path("api/v2/connections", views.ConnectionListView.as_view(), name="connections"),
    path(
        "api/v2/connections/<str:connection_id>", views.ConnectionView.as_view(), name="connection"
    ),
]
