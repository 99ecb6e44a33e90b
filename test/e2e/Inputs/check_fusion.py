"""check_fusion.py OWN.json ONE.json: what reports tell about the fusion of one model,
for its device and for the same with one operation in a kernel."""

import json
import sys


def read(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    rows = [launch["fusion"] for entry in report["entries"]
            for launch in entry["launches"]]
    for row in rows:
        assert row["kernels_after"] == 1 <= row["kernels_before"], row
        assert row["bytes_after"] <= row["bytes_before"], row
        assert len(row["refused"]) <= 4, row
    return rows


def main():
    own, one = read(sys.argv[1]), read(sys.argv[2])
    assert len(own) < len(one)
    assert sum(r["ops"] for r in own) == sum(r["ops"] for r in one)
    assert max(r["ops"] for r in one) == 1
    assert any(r["kernels_before"] > 1 and r["bytes_after"] < r["bytes_before"]
               for r in own)
    print(len(own), "launches instead of", sum(r["kernels_before"] for r in own))
    fields = {refused.get("field") for row in one for refused in row["refused"]}
    codes = {refused["code"] for row in one for refused in row["refused"]}
    assert "group-too-large" in codes, codes
    for field in sorted(filter(None, fields)):
        print("refused by", field)


if __name__ == "__main__":
    main()
