"""`python -m shortside` does what the command `shortside` does."""

from tui.__main__ import run

if __name__ == "__main__":
    run()
