"""Quality of all sources: generated asset checks, and one page of pictures."""
