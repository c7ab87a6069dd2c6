"""Every kind of source there is; adding one means a module and a line here (CONTRIBUTING.md shows how)."""

from __future__ import annotations

from collections.abc import Mapping

from matching.sources.adzuna import Adzuna
from matching.sources.arbeitnow import Arbeitnow
from matching.sources.ashby import Ashby
from matching.sources.career_page import CareerPage
from matching.sources.greenhouse import Greenhouse
from matching.sources.hackernews import HackerNews
from matching.sources.himalayas import Himalayas
from matching.sources.jobicy import Jobicy
from matching.sources.jobtech import JobTech
from matching.sources.lever import Lever, LeverEU
from matching.sources.personio import Personio
from matching.sources.protocol import Source
from matching.sources.recruitee import Recruitee
from matching.sources.remoteok import RemoteOK
from matching.sources.remotive import Remotive
from matching.sources.rss import Feed, WeWorkRemotely
from matching.sources.smartrecruiters import SmartRecruiters
from matching.sources.themuse import TheMuse
from matching.sources.usajobs import UsaJobs
from matching.sources.workable import Workable

_ALL: tuple[Source, ...] = (
    Greenhouse(),
    Lever(),
    LeverEU(),
    Ashby(),
    SmartRecruiters(),
    Workable(),
    Recruitee(),
    Personio(),
    Remotive(),
    RemoteOK(),
    Arbeitnow(),
    TheMuse(),
    Adzuna(),
    UsaJobs(),
    Himalayas(),
    Jobicy(),
    JobTech(),
    WeWorkRemotely(),
    HackerNews(),
    Feed(),
    CareerPage(),
)
SOURCES: Mapping[str, Source] = {source.kind: source for source in _ALL}


def recognize(address: str) -> tuple[Source, str] | None:
    """Give the kind of source and the board that a web address belongs to, None where it is no board that is known."""
    for source in SOURCES.values():
        if board := source.find_board(address):
            return source, board
    return None


def posting_key(*addresses: str) -> str:
    """Give what names one posting of an employer's own board, whoever leads to it; empty where no address does."""
    for address in addresses:
        for source in SOURCES.values():
            if number := source.find_posting(address):
                return f"{source.kind}:{number}"
    return ""
