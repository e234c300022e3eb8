"""The server starts the service, and again when it died."""

import asyncio
import logging

from companion_life import Life, script_of, sent, until

from jupyter_restart.starter import ServiceStarter


class Starts:
    """Counts the attempts of a starter; the next results are given."""

    def __init__(self, *results):
        self.results = list(results)
        self.count = 0

    async def __call__(self):
        self.count += 1
        return self.results.pop(0) if self.results else None


async def test_a_service_is_started_again_when_it_died_but_not_when_it_was_stopped(home, caplog):
    now = [0.0]
    starts = Starts("No Java.", None, None)
    starter = ServiceStarter(home, logging.getLogger("test"), starts, clock=lambda: now[0])
    await starter.ensure()
    assert (starter.failure, starts.count) == ("No Java.", 1)
    starter.try_again()
    assert starts.count == 1, "not at once"
    now[0] = 60
    starter.try_again()
    await until(lambda: starter.failure is None)
    now[0] = 120
    starter.try_again()
    await asyncio.sleep(0)
    assert starts.count == 2, "stopped in order"
    home.mkdir()
    (home / "endpoint.json").touch()
    starter.try_again()
    starter.try_again()
    await until(lambda: starts.count == 3)
    await starter.close()
    assert [record.getMessage() for record in caplog.records] == ["The restart service could not be started. No Java."]


async def test_the_service_is_started_first(service, home):
    starts = Starts()
    script_of(service)
    async with Life(home, starter=ServiceStarter(home, logging.getLogger("test"), starts)):
        await until(lambda: sent(service))
    assert starts.count == 1
