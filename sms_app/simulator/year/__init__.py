"""A simulated year: people who act, the provider that takes their texts, and whether every total agrees."""
