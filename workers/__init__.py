"""What takes time: imports, analyses and the queue."""
