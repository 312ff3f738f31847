#!/usr/bin/env python3
"""The Grafana dashboard and the alert rules ask for metrics that the program has (docs/metrics.md, which a test keeps with the program)."""
import json
import re
import unittest

import yaml
from packages import ROOT

FOLDER = ROOT / "packaging/monitoring"


def metrics():
    """Name -> its labels, of the page's tables; those of histograms with what belongs to them."""
    known = {}
    for name, labels, meaning in re.findall(r"^\| `(hitkeep_\w+)(?:\{(.*?)\})?` \| (.*) \|$", (ROOT / "docs/metrics.md").read_text(), re.M):
        labels = set(labels.split(",")) - {""}
        if "(histogram)" in meaning:
            known |= {name + "_bucket": labels | {"le"}, name + "_sum": labels, name + "_count": labels}
        else:
            known[name] = labels
    return known


class Monitoring(unittest.TestCase):
    def check(self, expression, known):
        names = re.findall(r"\bhitkeep_\w+", expression)
        self.assertTrue(names, expression)
        for name in names:
            self.assertIn(name, known, expression)
        of_metrics = set().union(*(known[name] for name in names)) | {"instance"}
        used = [label for part in re.findall(r"by \((.*?)\)", expression) for label in part.split(", ")]
        used += [label for part in re.findall(r"\{(.*?)\}", expression) for label in re.findall(r"(\w+)=~?\"", part)]
        self.assertEqual(set(used) - of_metrics, set(), expression)
        self.assertEqual(expression.count("("), expression.count(")"), expression)

    def test_the_dashboard(self):
        known = metrics()
        self.assertGreater(len(known), 40)
        dashboard = json.loads((FOLDER / "grafana.json").read_text())
        self.assertEqual(len({panel["id"] for panel in dashboard["panels"]}), len(dashboard["panels"]))
        taken = set()
        for panel in dashboard["panels"]:
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24)
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(cells & taken, panel["title"])
            taken |= cells
            self.assertTrue(panel["type"] == "row" or panel["targets"], panel["title"])
            for target in panel.get("targets", []):
                self.check(target["expr"], known)
                self.assertIn("$instance", target["expr"])

    def test_the_alerts(self):
        known = metrics()
        rules = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"][0]["rules"]
        page = (ROOT / "docs/running.md").read_text()
        for rule in rules:
            self.check(rule["expr"], known)
            self.assertTrue(rule["annotations"]["summary"].endswith("."), rule["alert"])
            self.assertIn(f"`{rule['alert']}`", page, "what to do stands in docs/running.md")


if __name__ == "__main__":
    unittest.main()
