"""Reports of CI jobs: pure functions from records to rows, and one way to write all of them."""
