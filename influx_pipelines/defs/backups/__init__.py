"""Nightly backups: taken, verified, copied, kept by a policy, and restored to prove them."""
