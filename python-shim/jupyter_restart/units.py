"""Durations, sizes and times as people read them."""

from __future__ import annotations

import re
from datetime import datetime

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_STEP = 1024
_SIZES = ("B", "KB", "MB", "GB", "TB")
_MEGA, _BIG = 2, 99.95


def duration(seconds: float | None) -> str:
    """Write a duration by its two largest units: `5 h 3 min`; a dash for none."""
    if seconds is None:
        return "-"
    left = max(0, round(seconds))
    if left < _MINUTE:
        return f"{left} s"
    if left < _HOUR:
        return f"{left // _MINUTE} min {left % _MINUTE} s"
    if left < _DAY:
        return f"{left // _HOUR} h {left % _HOUR // _MINUTE} min"
    return f"{left // _DAY} d {left % _DAY // _HOUR} h"


def size(count: int | None) -> str:
    """Write a number of bytes: `8.2 GB`, `182 MB`, `12 KB` (1 KB is 1024 bytes); a dash for none."""
    if count is None:
        return "-"
    value, unit = float(count), 0
    # 1023.5 would be rounded to 1024 of its unit.
    while value >= _STEP - 0.5 and unit < len(_SIZES) - 1:
        value /= _STEP
        unit += 1
    number = f"{value:.1f}".removesuffix(".0") if unit >= _MEGA and value < _BIG else f"{value:.0f}"
    return f"{number} {_SIZES[unit]}"


def moment(text: str) -> datetime:
    """Read an RFC 3339 time, with any number of decimals, into this machine's time zone."""
    # Python 3.10 knows neither `Z` nor nanoseconds.
    plain = re.sub(r"\.\d+", "", text).replace("Z", "+00:00")
    return datetime.fromisoformat(plain).astimezone()


def local_time(text: str | None) -> str:
    """Write an RFC 3339 time as this machine's wall clock shows it; a dash for none."""
    return "-" if text is None else moment(text).strftime("%Y-%m-%d %H:%M:%S")
