"""Services of others as HTTP servers on loopback, for the real client code to run against."""
