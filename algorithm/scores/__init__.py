"""Published scores beside the chart: one file each, read by nobody but the page that shows them. Pure."""

from __future__ import annotations

from algorithm.scores.eular_acr_2017 import EULAR_ACR_2017
from algorithm.scores.flair import FLAIR
from algorithm.scores.ild_gap import ILD_GAP
from algorithm.scores.isoda import ISODA
from algorithm.scores.mck import MCK

SCORES = (FLAIR, MCK, ISODA, ILD_GAP, EULAR_ACR_2017)
