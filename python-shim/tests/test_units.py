"""Durations, sizes and times as people read them."""

import pytest

from jupyter_restart.units import duration, local_time, size


@pytest.fixture(autouse=True)
def in_paris(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"),
        (-3, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (3599, "59 min 59 s"),
        (21600, "6 h 0 min"),
        (90000, "1 d 1 h"),
    ],
)
def test_durations_have_their_two_largest_units(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, "-"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "2 KB"),
        (190840832, "182 MB"),
        (17179869184, "16 GB"),
        (8804682956, "8.2 GB"),
        (1073741823, "1 GB"),
        (2**60, "1048576 TB"),
    ],
)
def test_sizes_have_the_unit_that_fits(count, text):
    assert size(count) == text


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (None, "-"),
        ("2026-11-24T06:00:00Z", "2026-11-24 07:00:00"),
        ("2026-07-01T06:00:00.123456789Z", "2026-07-01 08:00:00"),
        ("2026-11-24T06:00:00+05:30", "2026-11-24 01:30:00"),
    ],
)
def test_times_are_of_this_machines_clock(time, text):
    assert local_time(time) == text
