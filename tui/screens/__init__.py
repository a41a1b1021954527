"""The screens of the monitor, with their keys and colours."""
