"""The Flux language: syntax tree, parser, formatter, literals, durations. Imports none of ours."""
