"""How symbols are spelt, joined over renames and parted where they were reused."""
