"""What the tests stand on: a private PostgreSQL, real web servers, and a small HTTP client."""
