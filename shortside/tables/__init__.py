"""Tables of the whole market made from a Board, each a view of its own on the one identity of short dollars."""
