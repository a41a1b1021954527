"""Conditions on names: the one language of filters, lists, alerts and `--where`.

`crowding > 90 & tier in (small, micro) & borrow_fee > 20% & !bank`. `reading` makes a tree of a text, `writing` a text
of a tree, `matching` says which names a tree is true of, `completion` what may be typed next. No text is ever executed.
"""
