"""What happens in a programme: people, training, savings."""
