"""The inbox: what participants said that waits for an answer of the office."""
