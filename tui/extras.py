"""Says how an extra is installed that is not there."""

from __future__ import annotations


def how_to_install(extra: str) -> str:
    """The lines that install the program with an extra, in its checkout.

    They name the checkout and no package of a registry: one that is called as this program is there is not this one.
    """
    return f"in the checkout, pip install '.[{extra}]', or pipx install --force '.[{extra}]'"
