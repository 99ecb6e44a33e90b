#!/usr/bin/env python3
"""One peer with one model, as a process of its own so that its memory is its own.

  peers.py PEER CASE     PEER: onnxruntime, openvino

Prints a line of JSON when the model is ready: compile seconds, the largest
difference to the stored outputs, peak memory. Then, for every line "SECONDS" that it
reads, it runs the model for that long, at least once, and prints the times in
milliseconds. One thread, float32.
"""

import importlib
import json
import sys
import time

from cases import difference, load_tensors


def start_onnxruntime(library, model, inputs):
    options = library.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = library.InferenceSession(
        model, options, providers=["CPUExecutionProvider"])
    feed = {i.name: x for i, x in zip(session.get_inputs(), inputs, strict=True)}
    return lambda: session.run(None, feed)


def start_openvino(library, model, inputs):
    compiled = library.Core().compile_model(model, "CPU", {
        "INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1,
        "INFERENCE_PRECISION_HINT": "f32"})
    request = compiled.create_infer_request()
    feed = dict(enumerate(inputs))

    def run():
        results = request.infer(feed, share_inputs=True, share_outputs=True)
        return [results[output] for output in compiled.outputs]
    return run


def peak_memory():
    """In MB. Not from getrusage, which remembers the process before exec."""
    with open("/proc/self/status") as file:
        sizes = dict(line.split(":", 1) for line in file)
    return int(sizes["VmHWM"].split()[0]) * 1024 / 1e6


def main():
    peer, case = sys.argv[1:]
    inputs, outputs = load_tensors(case, "input"), load_tensors(case, "output")
    # Loading the library is not compiling.
    library = importlib.import_module(peer)
    start = {"onnxruntime": start_onnxruntime, "openvino": start_openvino}[peer]
    begin = time.perf_counter()
    run = start(library, f"{case}/model.onnx", inputs)
    compile_s = time.perf_counter() - begin
    worst = difference(run(), outputs)
    print(json.dumps({
        "version": library.__version__.split("-")[0],
        "compile_s": compile_s,
        "max_abs_diff": worst,
        "rss_mb": peak_memory(),
    }), flush=True)
    for line in sys.stdin:
        end = time.perf_counter() + float(line)
        times = []
        while not times or time.perf_counter() < end:
            begin = time.perf_counter()
            run()
            times.append((time.perf_counter() - begin) * 1e3)
        print(json.dumps(times), flush=True)


if __name__ == "__main__":
    main()
