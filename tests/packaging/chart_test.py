#!/usr/bin/env python3
"""The Helm chart without Helm: the few words of Go's templates that it uses are rendered here (any other is a failure), its values go through
its schema, and what comes out is what Kubernetes takes."""
import json
import pathlib
import re
import tarfile
import tempfile
import subprocess
import os
import unittest

import fastjsonschema
import yaml
from packages import ROOT, VERSION, WHEN

CHART = ROOT / "packaging/helm/hitkeep"
ACTION = re.compile(r"\{\{(-?)\s*(.*?)\s*(-?)\}\}", re.S)


def tokens(text):
    """Texts and actions in turns, with the white space gone that a dash takes away."""
    parts, at, strip = [], 0, False
    for match in ACTION.finditer(text):
        before = text[at:match.start()]
        before = before.lstrip() if strip else before
        parts += [("text", before.rstrip() if match[1] else before), ("action", match[2])]
        at, strip = match.end(), bool(match[3])
    rest = text[at:]
    return [*parts, ("text", rest.lstrip() if strip else rest)]


class Renderer:
    """if, end, range over a map, paths, variables, default, quote, toJson."""

    def __init__(self, text, values):
        self.parts, self.values = tokens(text), values

    def render(self):
        out, at = self.block(0, dict(self.values))
        assert at == len(self.parts), "an end too many"
        return out

    def block(self, at, scope):
        out = ""
        while at < len(self.parts):
            kind, said = self.parts[at]
            at += 1
            if kind == "text":
                out += said
            elif said == "end":
                return out, at
            elif said.startswith("if "):
                inner, end = self.block(at, scope)
                out, at = out + (inner if self.value(said[3:], scope) else ""), end
            elif loop := re.fullmatch(r"range (\$\w+), (\$\w+) := (\S+)", said):
                end = self.block(at, {**scope, loop[1]: "", loop[2]: ""})[1]
                for key, value in sorted(self.value(loop[3], scope).items()):
                    out += self.block(at, {**scope, loop[1]: key, loop[2]: value})[0]
                at = end
            else:
                value = self.value(said, scope)
                out += str(value).lower() if isinstance(value, bool) else str(value)
        return out, at

    def value(self, said, scope):
        first, *pipes = [part.strip() for part in said.split("|")]
        value = json.dumps(self.path(first[7:], scope)) if first.startswith("toJson ") else self.path(first, scope)
        for pipe in pipes:
            if pipe == "quote":
                value = json.dumps(str(value).lower() if isinstance(value, bool) else str(value))
            elif pipe.startswith("default "):
                value = value or self.path(pipe[8:], scope)
            else:
                raise AssertionError(f"{pipe!r} is not known here")
        return value

    def path(self, said, scope):
        if said.startswith("$"):
            return scope[said]
        assert re.fullmatch(r"(\.\w+)+", said), f"{said!r} is not known here"
        value = scope
        for name in said[1:].split("."):
            value = value[name]
        return value


def merged(below, above):
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return {name: merged(below[name], above[name]) if name in below and name in above else above.get(name, below.get(name)) for name in {**below, **above}}


class Chart(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="hitkeep-chart-")
        cls.addClassCleanup(cls.folder.cleanup)
        packed = pathlib.Path(cls.folder.name, "chart.tgz")
        subprocess.run([ROOT / "packaging/helm/build", VERSION, packed], check=True, env={**os.environ, "SOURCE_DATE_EPOCH": str(WHEN)})
        with tarfile.open(packed) as archive:
            cls.files = {one.name: archive.extractfile(one).read().decode() for one in archive if one.isfile()}
        cls.defaults = yaml.safe_load(cls.files["hitkeep/values.yaml"])
        cls.check = staticmethod(fastjsonschema.compile(json.loads(cls.files["hitkeep/values.schema.json"])))

    def render(self, **values):
        """What Helm would send, by kind."""
        given = merged(self.defaults, values)
        self.check(given)
        scope = {"Values": given, "Release": {"Name": "stats", "Namespace": "web"}, "Chart": {"AppVersion": VERSION}}
        made = {}
        for name, text in self.files.items():
            if not name.startswith("hitkeep/templates/"):
                continue
            rendered = Renderer(text, scope).render()
            if name.endswith(".yaml") and (one := yaml.safe_load(rendered)):
                made[one["kind"]] = one
        return made

    def test_the_package(self):
        self.assertEqual(set(self.files), {f"hitkeep/{path.relative_to(CHART)}" for path in CHART.rglob("*") if path.is_file()})
        chart = yaml.safe_load(self.files["hitkeep/Chart.yaml"])
        self.assertEqual((chart["apiVersion"], chart["name"], chart["version"], chart["appVersion"]), ("v2", "hitkeep", VERSION, VERSION))

    def test_as_it_comes(self):
        made = self.render()
        self.assertEqual(set(made), {"StatefulSet", "Service"})
        spec = made["StatefulSet"]["spec"]
        self.assertEqual(spec["replicas"], 1)
        self.assertEqual(spec["selector"]["matchLabels"], spec["template"]["metadata"]["labels"])
        self.assertEqual(made["Service"]["spec"]["selector"], spec["template"]["metadata"]["labels"])
        pod = spec["template"]["spec"]
        container = pod["containers"][0]
        self.assertEqual(container["image"], f"hitkeep:{VERSION}")
        self.assertEqual(container["env"], [{"name": "HITKEEP_LOG_FORMAT", "value": "json"}])
        self.assertEqual(pod["securityContext"]["runAsUser"], 65532)
        self.assertTrue(container["securityContext"]["readOnlyRootFilesystem"])
        volumes = {one["name"] for one in pod["volumes"]} | {one["metadata"]["name"] for one in spec["volumeClaimTemplates"]}
        self.assertEqual({one["name"] for one in container["volumeMounts"]}, volumes)
        self.assertEqual(container["resources"]["limits"], {"memory": "512Mi"})
        ports = {one["name"]: one["containerPort"] for one in container["ports"]}
        self.assertEqual(ports, {"http": 8080}, "where the image listens")
        self.assertEqual(made["Service"]["spec"]["ports"][0]["targetPort"], "http")

    def test_with_everything(self):
        made = self.render(publicUrl="https://stats.example.com/", settings={"TRUSTED_PROXIES": "10.0.0.0/8", "MAIL_PORT": 465, "TRUST_CLOCK": True},
                           secret="mail", image={"tag": "9"}, storage={"size": "50Gi", "class": "fast"}, nodeSelector={"disk": "ssd"},
                           ingress={"enabled": True, "className": "nginx", "host": "stats.example.com", "tlsSecret": "tls", "annotations": {"a": "b"}})
        container = made["StatefulSet"]["spec"]["template"]["spec"]["containers"][0]
        self.assertEqual({one["name"]: one["value"] for one in container["env"]}, {
            "HITKEEP_PUBLIC_URL": "https://stats.example.com/", "HITKEEP_TRUSTED_PROXIES": "10.0.0.0/8", "HITKEEP_MAIL_PORT": "465",
            "HITKEEP_TRUST_CLOCK": "true", "HITKEEP_LOG_FORMAT": "json"})
        self.assertEqual(container["image"], "hitkeep:9")
        self.assertEqual(container["envFrom"], [{"secretRef": {"name": "mail"}}])
        claim = made["StatefulSet"]["spec"]["volumeClaimTemplates"][0]["spec"]
        self.assertEqual((claim["storageClassName"], claim["resources"]["requests"]["storage"]), ("fast", "50Gi"))
        ingress = made["Ingress"]
        self.assertEqual(ingress["metadata"]["annotations"], {"a": "b"})
        self.assertEqual(ingress["spec"]["tls"], [{"hosts": ["stats.example.com"], "secretName": "tls"}])
        backend = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
        self.assertEqual((backend["name"], backend["port"]["name"]), (made["Service"]["metadata"]["name"], made["Service"]["spec"]["ports"][0]["name"]))

    def test_wrong_values_are_refused(self):
        for wrong in ({"replicas": 3}, {"publicUrl": "stats.example.com"}, {"settings": {"HITKEEP_LOG_LEVEL": "info"}}, {"settings": {"DATA_PATH": "/x"}},
                      {"ingress": {"enabled": True}}, {"service": {"port": 0}}, {"storage": {"size": "10"}}, {"image": {"repository": ""}}):
            with self.assertRaises(fastjsonschema.JsonSchemaException, msg=wrong):
                self.render(**wrong)


if __name__ == "__main__":
    unittest.main()
