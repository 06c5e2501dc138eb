"""CI jobs of GitHub Actions: fetched, stored, classified, and turned into points and reports."""
