"""What `shortside doctor` says of the rules of alerts."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from tui.alerts.shown_tables import read_all
from tui.commands.findings import Finding, ok, warning
from tui.extras import how_to_install
from tui.settings.alert_secrets import alert_secrets
from tui.settings.configuration import Options
from tui.settings.rule_files import rules_file


def alert_findings(options: Options, environment: Mapping[str, str]) -> list[Finding]:
    """How many rules there are, and each mistake with its place; of addresses whether others may read them."""
    found = read_all(options, environment)
    is_lacking = any(alert.ways.apprise for alert in found.alerts) and _lacks_apprise()
    count = len(found.alerts)
    findings = [ok("alerts", f"{count} rule{'' if count == 1 else 's'}")] if count else []
    advice = "put it right; the other rules are looked at meanwhile"
    findings += [warning("alerts", str(mistake), advice) for mistake in found.mistakes]
    if is_lacking:
        findings.append(warning("alerts", "apprise is not installed", how_to_install("apprise")))
    for file in (options.alerts.file, rules_file(options)):
        if alert_secrets(file, (), {}) and _is_open(file):
            words = f"{file} holds addresses or headers of alerts, and others may read it"
            findings.append(warning("alerts", words, f"chmod 600 {file}"))
    return findings


def _is_open(file: Path) -> bool:
    try:
        return os.name == "posix" and bool(stat.S_IMODE(file.stat().st_mode) & 0o077)
    except OSError:
        return False


def _lacks_apprise() -> bool:
    from tui.alerts.delivery import lacks_apprise

    return lacks_apprise()
