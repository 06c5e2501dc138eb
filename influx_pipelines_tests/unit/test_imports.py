"""Loading the definitions must stay cheap: the daemon and every run process do it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = (
    *("pandas", "pyarrow", "orjson", "isal", "influxdb_client", "matplotlib", "psutil._never"),
    *("celery", "redis", "dagster_celery", "dagster_postgres", "psycopg2"),
)

PROGRAM = """
import sys, time
import dagster
before = time.process_time()
from influx_pipelines.definitions import defs
import influx_pipelines.definitions
took = time.process_time() - before
import influx_pipelines.io_manager  # of the definitions of another project
print(took, *[name for name in {heavy!r} if name in sys.modules])
"""


def test_importing_the_definitions_takes_little_and_loads_nothing_heavy() -> None:
    program = PROGRAM.format(heavy=HEAVY)
    answers = []
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
        )
        answers.append(done.stdout.split())
    assert all(answer[1:] == [] for answer in answers), answers
    assert min(float(answer[0]) for answer in answers) <= 0.3


def test_a_command_that_needs_no_dagster_does_not_load_it() -> None:
    """`influx-pipelines version` took two seconds, and told a wrong setting as a traceback."""
    heavy = (*HEAVY, "dagster", "sqlalchemy", "fastapi", "apprise")
    program = (
        f"import sys, influx_pipelines.cli; print(*[n for n in {heavy!r} if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == []
