"""Yahoo: last prices of a watch list, and one name's history."""
