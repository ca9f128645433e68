"""Addresses of the monitoring; included by the roof."""

from django.urls import path

from monitoring import views

urlpatterns = [
    path("patients/<int:patient_id>/cards/<slug:card>/acknowledge", views.card_acknowledge, name="card_acknowledge"),
    path("patients/<int:patient_id>/cards/<slug:card>/snooze", views.card_snooze, name="card_snooze"),
    path("patients/<int:patient_id>/cards/<slug:card>/owner", views.card_own, name="card_own"),
    path("patients/<int:patient_id>/tests/<slug:code>/<str:due>/mark", views.test_mark, name="test_mark"),
]
