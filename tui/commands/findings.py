"""The findings of `shortside doctor`, each with a severity: as text, as JSON, and as an exit code."""

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
    """How serious a finding of `shortside doctor` is."""

    OK = "ok"
    WARNING = "warning"
    """It works, and could be better."""
    FAILURE = "failure"
    """Something will not work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of one check of `shortside doctor`."""

    level: Severity
    subject: str
    words: str
    advice: str = ""
    """What to do about it; empty where there is nothing to do."""

    def as_record(self) -> dict[str, str | None]:
        """The finding as a JSON object."""
        return {
            "level": self.level.value,
            "subject": plain(self.subject),
            "finding": plain(self.words),
            "advice": plain(self.advice) or None,
        }


def exit_code(findings: Iterable[Finding]) -> int:
    """The exit code of all findings: 0 unless one is a failure."""
    return exit_codes.FAILURE if any(one.level is Severity.FAILURE for one in findings) else exit_codes.OK


def findings_as_text(findings: Iterable[Finding]) -> str:
    """The findings as text: a line each with its advice below, and a last line that counts them."""
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


def findings_as_json(findings: Iterable[Finding]) -> str:
    """The findings as one JSON document of the schema `shortside.doctor/1`."""
    findings = list(findings)
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "is_sound": exit_code(findings) == exit_codes.OK,
        "findings": [one.as_record() for one in findings],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def ok(subject: str, words: str, advice: str = "") -> Finding:
    """A finding that something works as it should."""
    return Finding(level=Severity.OK, subject=subject, words=words, advice=advice)


def warning(subject: str, words: str, advice: str = "") -> Finding:
    """A finding that something is missing the program can do without, and what to do about it."""
    return Finding(level=Severity.WARNING, subject=subject, words=words, advice=advice)


def failure(subject: str, words: str, advice: str) -> Finding:
    """A finding that keeps the program from its work, and what to do about it."""
    return Finding(level=Severity.FAILURE, subject=subject, words=words, advice=advice)
