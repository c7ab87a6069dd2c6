"""The industries a person may look for and an employer may belong to: one list for both, so that they can be compared."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Industry(NamedTuple):
    """An industry by its stable code and its name in the reader's language."""

    code: str
    name: Promise


INDUSTRIES: tuple[Industry, ...] = (
    Industry("agriculture", _("Agriculture, forestry and fishing")),
    Industry("arts", _("Arts, sports and recreation")),
    Industry("biotech", _("Biotechnology and pharmaceuticals")),
    Industry("construction", _("Construction")),
    Industry("defense", _("Defense and aerospace")),
    Industry("education", _("Education and research")),
    Industry("energy", _("Energy and utilities")),
    Industry("finance", _("Finance and insurance")),
    Industry("government", _("Government and public administration")),
    Industry("health", _("Health care and social assistance")),
    Industry("hospitality", _("Hospitality, food and travel")),
    Industry("legal", _("Legal services")),
    Industry("manufacturing", _("Manufacturing")),
    Industry("media", _("Media, marketing and entertainment")),
    Industry("nonprofit", _("Nonprofit and religious organizations")),
    Industry("professional", _("Professional and business services")),
    Industry("real_estate", _("Real estate")),
    Industry("retail", _("Retail and wholesale")),
    Industry("technology", _("Software and technology")),
    Industry("telecom", _("Telecommunications")),
    Industry("transport", _("Transport and logistics")),
    Industry("other", _("Other services")),
)

INDUSTRY_CODES = frozenset(industry.code for industry in INDUSTRIES)
