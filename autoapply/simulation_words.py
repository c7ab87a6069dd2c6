"""What a simulation found and what it cannot know, in words that stand beside its figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from autoapply.gate_words import stopped_words


def tell_limits(
    *, read_at: datetime, closed_read_at: datetime | None, zone: ZoneInfo, has_keywords: bool
) -> Sequence[str]:
    """Give the limits of a simulation, a sentence or two each; times are shown in the person's zone."""
    read = {"time": _moment(read_at, zone)}
    limits = [
        _(
            "Scores are those of now, with today’s persona and weights; on the days themselves they may have been others. What is open was read on %(time)s and may have changed since."
        )
        % read
    ]
    if closed_read_at is None:
        limits.append(
            _(
                "Jobs that have closed in these days are missing: they have not been read yet, which happens within the hour."
            )
        )
    else:
        words = _(
            "Jobs that have closed in these days were read on %(time)s; what closed later may be missing."
        )
        limits.append(words % {"time": _moment(closed_read_at, zone)})
    limits += [
        _("What you set aside, the applications you sent and the employers’ keys count as they are today."),
        _(
            "The forms behind the jobs are not read, so some applications would wait for an answer that you have not given yet."
        ),
        _("Your other rules are not simulated; they share your places of the week with this one."),
        _("A week that had begun before the first day is counted with all its places free."),
    ]
    if has_keywords:
        limits.append(
            _("The required words are looked for last, and only in jobs that everything else lets through.")
        )
    return limits


def stopped_in_days_words(gate: str, count: int) -> str:
    """How many jobs a gate stopped in these days: the words of the ledger, but for gates that speak of today there."""
    words = {
        "day": ngettext(
            "%(jobs)s job was open on none of the rule’s days",
            "%(jobs)s jobs were open on none of the rule’s days",
            count,
        ),
        "job_open": ngettext(
            "%(jobs)s job is from an archive, or was brought by somebody here: no rule applies to it",
            "%(jobs)s jobs are from an archive, or were brought by somebody here: no rule applies to them",
            count,
        ),
        "weekly_slot": ngettext(
            "%(jobs)s job found no place in the weeks in which it was open",
            "%(jobs)s jobs found no place in the weeks in which they were open",
            count,
        ),
    }.get(gate)
    if words is None:
        return stopped_words(gate, count)
    return words % {"jobs": number_format(count, use_l10n=True, force_grouping=True)}


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return date_format(at.astimezone(zone), "DATETIME_FORMAT")
