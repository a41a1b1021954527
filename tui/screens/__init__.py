"""The screens a trader sees, with their keys and colours."""
