"""Measurements of the pages of the ward round, as ratios in one run: `.venv/bin/python -m benchmarks`."""
