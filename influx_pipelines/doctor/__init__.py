"""Whether everything that this project stands on is as it should be, and what mends it if not."""
