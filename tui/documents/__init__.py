"""The documents of `snapshot`: what each holds and how it is written out."""
