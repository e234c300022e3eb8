"""What a check gives."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or only worth knowing where it is no problem. `cure` says what to do."""

    code: str
    what: str
    cure: str
    is_problem: bool = True
