"""Prints a SAM template as the transform of CloudFormation makes it, in JSON: translate.py TEMPLATE [PARAMETER=VALUE ...]"""

import json
import sys

from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform

with open(sys.argv[1], encoding="utf-8") as file:
    template = yaml_parse(file.read())
template["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"  # as `sam deploy` puts it there
parameters = dict(argument.split("=", 1) for argument in sys.argv[2:])
json.dump(transform(template, parameters, None), sys.stdout)
