"""InfluxQL, as far as its statements about a database go; predicates of deletes use its words."""
