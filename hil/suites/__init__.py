"""The test suites that come with the harness."""
