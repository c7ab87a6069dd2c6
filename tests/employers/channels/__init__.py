"""The channels by name."""

from __future__ import annotations

from tests.employers.channel import Channel
from tests.employers.channels.ashby import Ashby
from tests.employers.channels.greenhouse import Greenhouse
from tests.employers.channels.lever import Lever
from tests.employers.channels.plain import Plain
from tests.employers.channels.recruitee import Recruitee
from tests.employers.channels.smartrecruiters import SmartRecruiters
from tests.employers.channels.workable import Workable

CHANNELS: dict[str, Channel] = {
    channel.name: channel
    for channel in (Ashby(), Greenhouse(), Lever(), Plain(), Recruitee(), SmartRecruiters(), Workable())
}
