"""The forms of files: each writes wide tables and reads them back as batches."""
