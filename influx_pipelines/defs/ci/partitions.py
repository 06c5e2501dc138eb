"""The days on which runs of CI were created, in UTC."""

from __future__ import annotations

import dagster as dg

# Since GitHub Actions is open to everybody. Today is a partition too: its runs end from now on.
days_partitions = dg.DailyPartitionsDefinition(
    start_date="2019-11-13", timezone="UTC", end_offset=1
)
