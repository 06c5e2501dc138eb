"""From tree to text, letter by letter as InfluxData's own formatter writes it."""
