"""Print the resource types that CloudFormation makes of a template, each with the
actions that AWS's schema of the type says its handlers call: {type: {operation:
[action]}}. The types are those after SAM's transformation, with gradual deployments
and without. The schemas come with cfn-lint.
"""
import json
import sys
from pathlib import Path

import cfnlint
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

types = set()
for gradual in ("true", "false"):
    template = yaml_parse(Path(sys.argv[1]).read_text())
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"  # as after `sam package`
    parameters = {name: p["Default"] for name, p in template["Parameters"].items()}
    transformed = transform(template, {**parameters, "GradualDeployment": gradual}, {})
    types |= {resource["Type"] for resource in transformed["Resources"].values()}

schemas = Path(cfnlint.__file__).parent / "data" / "schemas"
files = json.loads((schemas / "providers" / "us-east-1.json").read_text())
permissions = {}
for name in types:
    handlers = json.loads((schemas / "resources" / f"{files[name]}.json").read_text())["handlers"]
    permissions[name] = {operation: handler["permissions"] for operation, handler in handlers.items() if operation != "list"}
json.dump(permissions, sys.stdout)
