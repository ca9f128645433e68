"""Drawings of a patient's course: charts, timeline, strip, sparkline; one time axis for all. Pure."""
