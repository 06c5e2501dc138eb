"""CI jobs of GitHub Actions."""
