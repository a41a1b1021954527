"""How a body becomes a frame: texts, columns, pipes and the schema at the door."""
