"""Which way an application goes today: its channel, why, and the receiver whose pace it keeps."""

from __future__ import annotations

from dataclasses import dataclass

from autoapply.candidates import mail_works, usable_keys
from autoapply.destination import Destination, choose_channel
from autoapply.models import Application
from autoapply.preparing import destination_of

ONE_HOST = frozenset({"greenhouse", "lever", "ashby", "smartrecruiters"})
"""Systems that take the applications to all of their boards at one host."""


@dataclass(frozen=True, slots=True)
class Route:
    """A channel with the code of its reason (see `destination.Choice`), and the name under which its receiver is paced."""

    channel: str
    because: str
    receiver: str


def route_of(application: Application) -> Route:
    """The way there with the keys of today; raises PostingGone where the job names another opening by now."""
    destination = destination_of(application)
    choice = choose_channel(destination, keys=usable_keys(), mail=mail_works())
    return Route(choice.channel, choice.because, receiver_of(destination))


def receiver_of(destination: Destination) -> str:
    """The name of whoever receives there: the system where it has one host for everybody, else the host."""
    return destination.system if destination.system in ONE_HOST else destination.host
