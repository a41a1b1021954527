"""The user's own positions beside the crowd's: what they made, cost and weigh."""
