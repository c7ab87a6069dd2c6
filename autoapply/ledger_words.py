"""What the ledger of a rule tells together, in words that more than one page shows."""

from __future__ import annotations

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from autoapply.gate_words import gate_name
from autoapply.ledger import QUIET_AFTER, Tightest


def tightest_words(tightest: Tightest) -> str:
    """That a rule has sent nothing for so many days, and the gate that is to blame."""
    words = {
        "days": QUIET_AFTER.days,
        "gate": gate_name(tightest.gate),
        "alone": intcomma(tightest.alone),
        "stopped": intcomma(tightest.stopped),
    }
    if not tightest.alone:
        return (
            _(
                "This rule has sent nothing for %(days)s days. No gate alone is to blame; “%(gate)s” stops the most jobs (%(stopped)s)."
            )
            % words
        )
    return (
        ngettext(
            "This rule has sent nothing for %(days)s days. The tightest gate is “%(gate)s”: it alone stops %(alone)s job that every other gate lets through.",
            "This rule has sent nothing for %(days)s days. The tightest gate is “%(gate)s”: it alone stops %(alone)s jobs that every other gate lets through.",
            tightest.alone,
        )
        % words
    )
