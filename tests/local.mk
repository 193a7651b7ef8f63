# Test suites; unit tests are listed by their rooms.
