"""What is done to figures whatever they mean: gaps filled, values put in order, stretches cut, unknown ones named."""
