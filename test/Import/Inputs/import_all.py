"""Imports every case; a crash or an error without a code is a failure."""

import glob
import os
import re
import subprocess
import sys

imported = refused = 0
for model in sorted(glob.glob(os.path.join(sys.argv[1], "*", "*", "model.onnx"))):
    run = subprocess.run(["autoglm-compile", model, "--compile-to", "import",
                          "-o", sys.argv[2]], capture_output=True, text=True)
    if run.returncode == 0:
        imported += 1
    elif run.returncode in (1, 3) and re.search(r"\[AGC-E[12]\d\d\]", run.stderr):
        refused += 1
    else:
        sys.exit(f"{model}: exit code {run.returncode}\n{run.stderr}")
print(f"{imported} imported, {refused} refused")
if imported < 699:
    sys.exit("fewer than before")
