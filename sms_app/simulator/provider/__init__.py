"""A local stand-in for the provider: it takes messages as the real one does, and calls our webhooks.

Production never runs it."""
