"""Compares the importer's table of operators with the schemas of the package."""

import sys

from onnx import defs

schemas = {}
for schema in defs.get_all_schemas_with_history():
    if schema.domain == "":
        schemas.setdefault(schema.name, set()).add(schema.since_version)

rows = 0
for line in open(sys.argv[1]):
    cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
    if len(cells) < 3 or cells[0] != "ai.onnx":
        continue
    if cells[1] == "SimplifiedLayerNormalization":
        continue  # onnxruntime's optimizer puts it into ONNX's own domain.
    rows += 1
    versions = {int(version) for version in cells[2].split(",")}
    if versions != schemas.get(cells[1]):
        sys.exit(f"{cells[1]}: the table has {sorted(versions)}, the schema "
                 f"{sorted(schemas.get(cells[1], []))}")
if rows < 100:
    sys.exit(f"only {rows} operators in the table")
