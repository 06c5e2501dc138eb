"""Writing tables as points: Arrow columns to line protocol, a few requests in flight.

The modules that do it import pyarrow; whoever only names a result imports `writing.result`.
"""
