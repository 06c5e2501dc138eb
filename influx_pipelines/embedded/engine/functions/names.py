"""What InfluxDB knows and this server does not: such names are refused, unknown ones are errors."""

from __future__ import annotations

from influx_pipelines.embedded.engine.registry import PACKAGES, package

_UNIVERSE = """
    bottom cardinality chandeMomentumOscillator columns contains count covariance cov cumulativeSum
    derivative die difference display distinct doubleEMA drop duplicate duration elapsed
    exponentialMovingAverage fill filter findColumn findRecord first float from getColumn getRecord
    group highestAverage highestCurrent highestMax histogram histogramQuantile holtWinters
    hourSelection increase inf int integral join kaufmansAMA kaufmansER keep keyValues keys last
    length limit linearBins logarithmicBins lowestAverage lowestCurrent lowestMin map max mean
    median min mode movingAverage now pearsonr pivot quantile range reduce relativeStrengthIndex
    rename sample set skew sort spread stateCount stateDuration stateTracking stddev string sum
    tableFind tail time timedMovingAverage timeShift timeWeightedAvg to toBool toFloat toInt
    toString toTime toUInt today top tripleEMA tripleExponentialDerivative truncateTimeColumn uint
    union unique wideTo window yield bytes bool
"""
_PACKAGES = {
    "bitwise": "",
    "experimental": "alignTime chain count distinct fill first group histogram "
    "integral join kaufmansAMA last max mean min mode preview quantile set skew spread "
    "histogramQuantile stddev sum unique window catch diff unpivot",
    "influxdata/influxdb": "cardinality from to buckets wideTo",
    "influxdata/influxdb/monitor": "check deadman endpoint from log logs notify stateChanges "
    "stateChangesOnly levelOK levelInfo levelWarn levelCrit levelUnknown",
    "influxdata/influxdb/sample": "",
    "influxdata/influxdb/schema": "fieldsAsCols measurements measurementFieldKeys "
    "measurementTagKeys measurementTagValues fieldKeys tagKeys tagValues",
    "influxdata/influxdb/tasks": "lastSuccessTime",
    "influxdata/influxdb/v1": "json databases fieldsAsCols measurements fieldKeys tagKeys "
    "tagValues",
    "internal/debug": "feature getOption opaque pass sink slurp vectorize",
    "internal/testutil": "fail yield makeRecord makeAny",
    "join": "full inner left right tables time",
    "kafka": "to",
    "math": "j0 j1 jn y0 y1 yn",
    "http": "endpoint post basicAuth pathEscape",
    "http/requests": "",
    "generate": "from",
    "interpolate": "linear",
    "planner": "",
    "profiler": "",
    "pushbullet": "",
    "pagerduty": "",
    "sampledata": "",
    "slack": "endpoint message validateColorString",
    "socket": "from",
    "sql": "to",
    "testing": "",
    "testing/expect": "",
    "timezone": "fixed location utc",
    "universe": _UNIVERSE,
}
_FAMILIES = ("contrib/", "experimental/", "internal/", "math/", "date/")

for _path, _names in _PACKAGES.items():
    _known = frozenset(_names.split())
    package(_path).known = _known


def is_known(path: str) -> bool:
    """Whether InfluxDB has a package of this path."""
    return path in PACKAGES or path.startswith(_FAMILIES)


def is_supported(path: str) -> bool:
    """Whether we have anything of it; a package of which we have nothing is refused at import."""
    return bool(PACKAGES[path].members) if path in PACKAGES else False
