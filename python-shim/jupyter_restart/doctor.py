"""The verb `doctor`: tells what is wrong, each thing with what to do; changes nothing."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from jupyter_restart.checkup.checks import examine
from jupyter_restart.checkup.finding import Finding
from jupyter_restart.checkup.gather import gather
from jupyter_restart.endpoint import config_file, home_folder
from jupyter_restart.errors import FAILED
from jupyter_restart.render import Style


def doctor(options: Namespace, timeout_s: float, style: Style) -> int:
    """Look at everything, and end with 1 where anything is wrong."""
    findings = examine(gather(home_folder(options.home), config_file(options.config), timeout_s))
    problems = [finding for finding in findings if finding.is_problem]
    if options.json:
        print(json.dumps({"findings": [asdict(finding) for finding in findings]}, ensure_ascii=False, indent=2))
    else:
        print("\n".join(lines(findings, style)))
    return FAILED if problems else 0


def lines(findings: Iterable[Finding], style: Style) -> Iterator[str]:
    """Write findings for people: problems, then what is only worth knowing."""
    ordered = sorted(findings, key=lambda finding: not finding.is_problem)
    for finding in ordered:
        label = style.state("failed").replace("failed", "Problem") if finding.is_problem else style.faint("Note")
        yield f"{label}: {finding.what}"
        yield f"  {finding.cure}"
    count = sum(finding.is_problem for finding in ordered)
    yield "Nothing is wrong." if count == 0 else f"{count} problem{'s' if count > 1 else ''} found."
