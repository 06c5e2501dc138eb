"""The HTTP face: routes by resource, two dialects of errors as in the real server."""
