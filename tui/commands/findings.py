"""What `doctor` finds: findings with their level, as text, as JSON and as an exit code."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from tui import exit_codes
from tui.terminal.plain_words import plain

SCHEMA: Final = "shortside.doctor/1"


class Severity(Enum):
    """What a finding means."""

    OK = "ok"
    WARNING = "warning"
    """It works, and could be better."""
    FAILURE = "failure"
    """Something will not work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    level: Severity
    subject: str
    words: str
    advice: str = ""
    """What to do about it; empty where there is nothing to do."""

    def as_record(self) -> dict[str, str | None]:
        """For JSON."""
        return {
            "level": self.level.value,
            "subject": plain(self.subject),
            "finding": plain(self.words),
            "advice": plain(self.advice) or None,
        }


def exit_code(findings: Iterable[Finding]) -> int:
    """0 unless something will not work."""
    return exit_codes.FAILURE if any(one.level is Severity.FAILURE for one in findings) else exit_codes.OK


def as_text(findings: Iterable[Finding]) -> str:
    """A line per finding, its advice under it, and a last line with the sum."""
    lines, marks = [], {Severity.OK: " ok ", Severity.WARNING: "warn", Severity.FAILURE: "FAIL"}
    findings = list(findings)
    for one in findings:
        lines.append(plain(f"{marks[one.level]}  {one.subject}: {one.words}"))
        if one.advice:
            lines.append(plain(f"      → {one.advice}"))
    counts = {level: sum(one.level is level for one in findings) for level in Severity}
    failures, warnings = counts[Severity.FAILURE], counts[Severity.WARNING]
    lines.append(f"{failures} failures, {warnings} warnings" if failures or warnings else "all is well")
    return "\n".join(lines) + "\n"


def as_json(findings: Iterable[Finding]) -> str:
    """One document."""
    findings = list(findings)
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "is_sound": exit_code(findings) == exit_codes.OK,
        "findings": [one.as_record() for one in findings],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def ok(subject: str, words: str, advice: str = "") -> Finding:
    """What works as it should."""
    return Finding(level=Severity.OK, subject=subject, words=words, advice=advice)


def warning(subject: str, words: str, advice: str = "") -> Finding:
    """What the program can do without, and what to do about it."""
    return Finding(level=Severity.WARNING, subject=subject, words=words, advice=advice)


def failure(subject: str, words: str, advice: str) -> Finding:
    """What keeps the program from its work, and what to do about it."""
    return Finding(level=Severity.FAILURE, subject=subject, words=words, advice=advice)
