"""Addresses of the whole site."""

from django.contrib import admin
from django.urls import path

from ildcare import health

urlpatterns = [
    path("admin/", admin.site.urls),
    path("health/live", health.health_live, name="health_live"),
    path("health/ready", health.health_ready, name="health_ready"),
]
