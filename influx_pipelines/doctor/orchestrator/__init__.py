"""The part of the doctor that looks at Dagster, and the only one that imports it."""
