"""The Flux language: syntax tree, parser, literals, durations. Imports nothing of ours."""
