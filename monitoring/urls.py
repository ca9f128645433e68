"""Addresses of the monitoring; included by the roof."""

from django.urls import path

from monitoring import views

urlpatterns = [
    path(
        "patients/<int:patient_id>/alerts/<uuid:alert_id>/acknowledge",
        views.alert_acknowledge,
        name="alert_acknowledge",
    ),
]
