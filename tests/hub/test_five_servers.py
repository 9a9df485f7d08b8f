"""Five teams begin at once: each has its server within a minute."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stagekansen_lib.hub.teams import team_account
from tests.hub.hubs import Hub

pytestmark = pytest.mark.hub


def processor_seconds(users: set[int]) -> float:
    """What the processes of these users have computed so far, with those that they started and that ended."""
    spent = 0
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if place.stat().st_uid in users:
                spent += sum(map(int, (place / "stat").read_text().rpartition(")")[2].split()[11:15]))
        except OSError:  # it ended
            continue
    return spent / os.sysconf("SC_CLK_TCK")


def test_five_servers_that_are_asked_for_at_once_are_there_within_a_minute(hub: Hub) -> None:
    import pwd

    firsts = [(team.members[0], team_account(name)) for name, team in hub.region.teams.items()]
    began = time.monotonic()
    with ThreadPoolExecutor(len(firsts)) as asked:
        list(asked.map(lambda one: hub.open_server(*one), firsts))
    waited = time.monotonic() - began
    computed = processor_seconds({pwd.getpwnam(account).pw_uid for _, account in firsts})
    assert len(firsts) == 5
    assert computed > 1
    # Where others use the machine as well, what was computed counts: it is the wait on one core of one's own.
    assert min(waited, computed) < 60, f"{waited:.0f} s waited, {computed:.0f} s computed"
