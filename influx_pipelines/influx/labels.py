"""The calls about labels."""

from __future__ import annotations

from collections.abc import Mapping

from influx_pipelines.influx import paging
from influx_pipelines.influx.errors import NotFound
from influx_pipelines.influx.models import Label
from influx_pipelines.influx.session import Session


class LabelCalls(Session):
    """Labels of the client's organisation."""

    def labels(self) -> list[Label]:
        """The labels of the organisation."""
        found = self.request("GET", "/api/v2/labels", params={"orgID": self.org_id})
        return [Label.model_validate(label) for label in found["labels"]]

    def create_label(self, name: str, properties: Mapping[str, str] | None = None) -> Label:
        """Make a label; one of that name that is there already is returned.

        Names are unique without regard to case.
        """
        body = {"orgID": self.org_id, "name": name, "properties": dict(properties or {})}
        made: Label = paging.create_once(
            lambda: Label.model_validate(
                self.request("POST", "/api/v2/labels", json=body, retry=False)["label"]
            ),
            lambda: next((x for x in self.labels() if x.name.lower() == name.lower()), None),
            self.retry_seconds,
        )
        return made

    def add_label(self, kind: str, id: str, label_id: str) -> None:
        """Attach a label to a thing, `kind` as in the URL (`buckets`)."""
        self.request("POST", f"/api/v2/{kind}/{id}/labels", json={"labelID": label_id})

    def remove_label(self, kind: str, id: str, label_id: str) -> None:
        """Take a label off a thing; one that is off already is as good."""
        try:
            self.request("DELETE", f"/api/v2/{kind}/{id}/labels/{label_id}")
        except NotFound:
            return
