"""What InfluxDB knows and this server does not: such names are refused, unknown ones are errors."""

from __future__ import annotations

from influx_pipelines.embedded.engine.registry import package

_FUNCTIONS = {
    "experimental": """
        alignTime catch chain count diff distinct fill first histogram histogramQuantile integral
        join kaufmansAMA last max mean min mode preview quantile skew spread stddev sum unique
        unpivot window
    """,
    "influxdata/influxdb": "cardinality",
    "influxdata/influxdb/tasks": "lastSuccessTime",
    "influxdata/influxdb/v1": "databases json",
    "internal/debug": "feature getOption opaque pass sink slurp vectorize",
    "join": "tables time",
    "math": "j0 j1 jn y0 y1 yn",
    "sql": "to",
    "universe": """
        cardinality chandeMomentumOscillator cov covariance doubleEMA exponentialMovingAverage
        histogramQuantile holtWinters kaufmansAMA kaufmansER linearBins logarithmicBins pearsonr
        relativeStrengthIndex sample timeWeightedAvg tripleEMA tripleExponentialDerivative
    """,
}
_PACKAGES = {
    "": """
        bitwise date/boundaries generate http/requests influxdata/influxdb/sample interpolate kafka
        pagerduty planner profiler pushbullet sampledata socket testing testing/expect
    """,
    "contrib/": """
        RohanSreerama5/naiveBayesClassifier anaisdg/anomalydetection anaisdg/statsmodels
        bonitoo-io/alerta bonitoo-io/hex bonitoo-io/servicenow bonitoo-io/tickscript
        bonitoo-io/victorops bonitoo-io/zenoss chobbs/discord jsternberg/influxdb qxip/clickhouse
        qxip/hash qxip/logql rhajek/bigpanda sranka/opsgenie sranka/sensu sranka/teams
        sranka/telegram sranka/webexteams tomhollingworth/events
    """,
    "experimental/": """
        aggregate bigtable bitwise csv date/boundaries dynamic geo http http/requests influxdb iox
        json mqtt oee polyline prometheus query record table usage
    """,
    "internal/": "boolean gen influxql location promql testing testutil",
}
REFUSED = {f"{root}{path}" for root, paths in _PACKAGES.items() for path in paths.split()}

for _path, _names in _FUNCTIONS.items():
    package(_path).known = frozenset(_names.split())
