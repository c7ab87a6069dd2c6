"""How an application leaves the house: one channel for each way, one entry for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from autoapply.channels import sending
from autoapply.channels.ashby import Ashby
from autoapply.channels.email import Email
from autoapply.channels.greenhouse import Greenhouse
from autoapply.channels.handoff import Handoff
from autoapply.channels.lever import Lever
from autoapply.channels.protocol import Channel, Outgoing
from autoapply.channels.record import Record
from autoapply.channels.recruitee import Recruitee
from autoapply.channels.sending import SEND_LIMITS
from autoapply.channels.smartrecruiters import SmartRecruiters
from autoapply.channels.workable import Workable
from autoapply.outcomes import Outcome
from matching.guarded_http import Limits

CHANNELS: Mapping[str, Channel] = {
    channel.name: channel
    for channel in (
        Recruitee(),
        Greenhouse(),
        Lever(),
        Ashby(),
        SmartRecruiters(),
        Workable(),
        Email(),
        Handoff(),
        Record(),
    )
}
"""Every channel by its name, as `Application.Channel` lists them."""


def send(
    outgoing: Outgoing, *, may_leave: Callable[[], bool] | None = None, limits: Limits = SEND_LIMITS
) -> Outcome:
    """Send once by its channel and tell what became of it; see `sending.send`."""
    return sending.send(outgoing, CHANNELS[outgoing.channel], may_leave=may_leave, limits=limits)
