"""What features stand on: the database, queues, secrets, HTTP, and the retry policy."""
