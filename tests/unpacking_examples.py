"""Documents that unpack to more than they say, for the tests of bounds."""

from bombs import MEGABYTE

ZEROS = bytes(MEGABYTE)

SLACK_BYTES = 24 * MEGABYTE
"""For the packed document, the growth of a buffer and whatever else is made meanwhile."""
