"""Whether the data of a source is what it should be: what is declared, queries, judgements."""
