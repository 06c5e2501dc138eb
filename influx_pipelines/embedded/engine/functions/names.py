"""What InfluxDB knows and this server does not: such names are refused, unknown ones are errors."""

from __future__ import annotations

from influx_pipelines.embedded.engine.registry import PACKAGES, package

_UNIVERSE = """
    bottom chandeMomentumOscillator columns contains count covariance cov cumulativeSum derivative
    die difference display distinct doubleEMA drop duplicate duration elapsed
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
    "array": "concat filter from map toBool toDuration toFloat toInt toString toTime toUInt",
    "bitwise": "",
    "csv": "from",
    "date": "add century day hour microsecond millisecond minute month monthDay nanosecond quarter "
    "scale second sub time truncate week weekDay year yearDay Sunday Monday January",
    "dict": "fromList get insert remove",
    "experimental": "addDuration alignTime chain count distinct fill first group histogram "
    "integral join kaufmansAMA last max mean min mode objectKeys preview quantile set skew spread "
    "stddev "
    "subDuration sum to unique window catch diff unpivot",
    "influxdata/influxdb": "cardinality from to buckets wideTo",
    "influxdata/influxdb/monitor": "check deadman endpoint from log logs notify stateChanges "
    "stateChangesOnly levelOK levelInfo levelWarn levelCrit levelUnknown",
    "influxdata/influxdb/sample": "",
    "influxdata/influxdb/schema": "fieldsAsCols measurements measurementFieldKeys "
    "measurementTagKeys measurementTagValues fieldKeys tagKeys tagValues",
    "influxdata/influxdb/secrets": "get",
    "influxdata/influxdb/tasks": "lastSuccess lastSuccessTime",
    "influxdata/influxdb/v1": "json databases fieldsAsCols measurements fieldKeys tagKeys "
    "tagValues",
    "internal/debug": "null opaque pass sink slurp",
    "internal/testutil": "fail yield makeRecord makeAny",
    "join": "full inner left right tables time",
    "json": "encode",
    "math": "abs acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh dim e erf erfc "
    "exp exp2 expm1 floor gamma hypot isInf isNaN log log10 log1p log2 mInf mMax mMin maxfloat "
    "maxint mod modf NaN pi pow remainder round roundtoeven signbit sin sincos sinh sqrt tan tanh "
    "trunc",
    "http": "endpoint post basicAuth pathEscape",
    "http/requests": "",
    "generate": "from",
    "interpolate": "linear",
    "planner": "",
    "profiler": "",
    "pushbullet": "",
    "pagerduty": "",
    "regexp": "compile findString findStringIndex getString matchRegexpString quoteMeta "
    "replaceAllString splitRegexp",
    "runtime": "version",
    "sampledata": "",
    "slack": "endpoint message validateColorString",
    "socket": "from",
    "sql": "from to",
    "strings": "compare containsAny containsStr countStr equalFold hasPrefix hasSuffix index "
    "indexAny isDigit isLetter isLower isUpper joinStr lastIndex lastIndexAny repeat replace "
    "replaceAll split splitAfter splitAfterN splitN strlen substring title toLower toTitle toUpper "
    "trim trimLeft trimPrefix trimRight trimSpace trimSuffix",
    "system": "time",
    "testing": "",
    "timezone": "fixed location utc",
    "types": "isNumeric isType",
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
