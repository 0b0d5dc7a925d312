"""What a request costs, in processor time, instructions, statements, memory and pages; tests/bench/run starts it."""
