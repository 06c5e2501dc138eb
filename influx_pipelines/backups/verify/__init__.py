"""Looking at a backup without a server: what is damaged, and what it holds."""
