"""What people change while the machine sends for them: each change with the moment, by the database, after it was saved."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.db import DatabaseError, InterfaceError, connection

from autoapply import rules
from autoapply.models import Application, Rule, Standing
from personas.identity import acting_as
from personas.models import User
from personas.services import Gone
from tests.soak.people import Character
from tests.soak.world import World

CHANGES: Mapping[str, int] = {
    "switch_off": 6,
    "pause": 3,
    "block": 8,
    "lower_cap": 3,
    "lower_ceiling": 3,
    "delete_account": 2,
    "turn_week": 4,
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change that was saved: `at` is the database's clock after the commit, `what` the company or the new limit."""

    kind: str
    email: str
    rule_id: str
    at: float
    what: str = ""


class Minds(threading.Thread):
    """Lets people change their minds, one every so often; whoever has switched off, paused or left does so for good."""

    def __init__(self, world: World, cast: list[Character], *, seed: str, every: float, most: int) -> None:
        super().__init__(name="minds", daemon=True)
        self.changes: list[Change] = []
        self.failed: BaseException | None = None
        self._world = world
        self._every = every
        self._most = most
        self._chance = random.Random(f"{seed}/minds")
        self._cast = list(cast)
        self._chance.shuffle(self._cast)
        self._over = threading.Event()

    def run(self) -> None:
        """Until `finish`, or until so many have changed something."""
        try:
            for person in self._cast[: self._most]:
                if self._over.wait(self._chance.uniform(0.5, 1.5) * self._every):
                    return
                (kind,) = self._chance.choices(list(CHANGES), list(CHANGES.values()))
                self._change(kind, person)
        except BaseException as failed:  # told by finish()
            self.failed = failed
        finally:
            connection.close()

    def finish(self) -> None:
        """Stop it; raises what it fell over."""
        self._over.set()
        self.join()
        if self.failed is not None:
            raise self.failed

    @property
    def counts(self) -> Counter[str]:
        """How often each."""
        return Counter(change.kind for change in self.changes)

    def _change(self, kind: str, person: Character) -> None:
        what = ""
        if kind == "block":
            what = self._chance.choice(person.companies)
        elif kind in ("lower_cap", "lower_ceiling"):
            what = str(self._chance.randrange(1, 5))
        acts: dict[str, Callable[[], None]] = {
            "switch_off": lambda: rules.disable_rule(rule=_rule(person)),
            "pause": lambda: rules.pause(user=User.objects.get(pk=person.user_id)),
            "block": lambda: _block(person, what),
            "lower_cap": lambda: _lower_cap(person, int(what)),
            "lower_ceiling": lambda: _lower_ceiling(person, int(what)),
            "delete_account": lambda: _delete(person),
            "turn_week": lambda: turn_week(person),
        }
        if self._keep_trying(acts[kind], person):
            self.changes.append(Change(kind, person.email, str(person.rule_id), self._world.now(), what))

    def _keep_trying(self, act: Callable[[], None], person: Character) -> bool:
        """Save through restarts of the database; all of these may be done twice."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                with acting_as(person.user_id):
                    act()
            except (DatabaseError, InterfaceError):
                connection.close()
                time.sleep(0.2)
            except (Gone, User.DoesNotExist):
                return True
            else:
                return True
        return False


def _rule(person: Character) -> Rule:
    found: Rule = Rule.objects.get(pk=person.rule_id)
    return found


def _block(person: Character, company: str) -> None:
    rules.edit_rule(rule=_rule(person), values={"exclude_companies": [company]})


def _lower_cap(person: Character, cap: int) -> None:
    rules.edit_rule(rule=_rule(person), values={"max_applications_per_week": cap})


def _lower_ceiling(person: Character, ceiling: int) -> None:
    rules.edit_standing(user=User.objects.get(pk=person.user_id), values={"weekly_ceiling": ceiling})


def _delete(person: Character) -> None:
    with suppress(User.DoesNotExist, Standing.DoesNotExist):
        delete_account(User.objects.get(pk=person.user_id))


def delete_account(user: User) -> None:
    """Delete an account in the one order of locks: the limits, which a sender holds, before the account, which it needs last.

    The other way round, PostgreSQL would have to end one of the two.
    """
    Standing.objects.select_for_update().get(user_id=user.pk)
    user.delete()


def turn_week(person: Character) -> None:
    """Let the person's week have turned: what holds a place of this week holds it of the one before."""
    Standing.objects.select_for_update(no_key=True).get(user_id=person.user_id)
    weeks = set(
        Application.objects.filter(user_id=person.user_id, week_start__isnull=False).values_list(
            "week_start", flat=True
        )
    )
    for week in sorted(weeks):
        Application.objects.filter(user_id=person.user_id, week_start=week).update(
            week_start=week - timedelta(days=7)
        )
