"""The four ready presets of weights."""

from __future__ import annotations

from collections.abc import Mapping

from matching.scoring import DEFAULT_WEIGHTS, Weights

READY: Mapping[str, Weights] = {
    "balanced": DEFAULT_WEIGHTS,
    "skills_first": Weights(skill=60, salary=10, location=10, remote=10, industry=10),
    "pay_first": Weights(skill=25, salary=50, location=10, remote=10, industry=5),
    "remote_friendly": Weights(skill=30, salary=15, location=5, remote=45, industry=5),
}
"""Weights in whole percents by name; what a name is called on a page stands with the page."""
