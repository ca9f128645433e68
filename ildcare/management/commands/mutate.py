"""`mutate [--sample K | --all] [--seed N]`: do the tests notice small changes of the rooms that judge?"""

from __future__ import annotations

import os
import random
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ildcare import places
from ildcare.operations.mutation import report, tool
from ildcare.operations.mutation.running import Run, seed_to_go_on
from ildcare.operations.mutation.trying import BrokenError

SAMPLE = 200


class Command(BaseCommand):
    """Tries a sample of changes; exit code 1 if the tests notice less than 95 % of those that alter meaning."""

    help = "Change the code of the pure rooms in small ways, one at a time, and see whether a test notices."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many changes, and which."""
        much = parser.add_mutually_exclusive_group()
        much.add_argument("--sample", type=int, default=SAMPLE, metavar="K", help=f"so many changes ({SAMPLE})")
        much.add_argument("--all", action="store_true", help="every change: hours")
        parser.add_argument("--seed", type=int, metavar="N", help="of the sample; a stopped run goes on by itself")
        parser.add_argument("--in", default="", dest="within", metavar="PATH", help="only this file or folder")
        parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="processes (all cores)")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Try, and say what came out."""
        root, folder = Path(settings.BASE_DIR), places.var_dir() / "mutation"
        if wrong := tool.install(root, places.var_dir()):
            raise CommandError(wrong)
        sample = None if options["all"] else options["sample"]
        run = Run(root, folder, options["seed"] or random.SystemRandom().randrange(1, 10**6), sample, options["within"])
        if options["seed"] is None:
            run = replace(run, seed=seed_to_go_on(run))
        try:
            results = run.carry_out(options["jobs"], self.stdout.write)
        except BrokenError as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"\n{report.text_of(results)}\nSeed {run.seed}.")
        if not report.Summary.of(results).enough:
            raise CommandError(f"The tests notice less than {report.ENOUGH} %.")
