"""Checks and notification rules as the Flux scripts behind them."""
