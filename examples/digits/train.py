#!/usr/bin/env python3
"""Trains the demo's network on scikit-learn's handwritten digits (8x8 pixels,
values 0 to 16) and writes what the demo and the tests read:

  digits.onnx          the network, opset 18; BatchNormalization is left as it
                       is, so that the compiler has something to fold
  heldout.jsonl        digits the training never saw, one JSON object a line
  labels.txt           the right answer for each of those lines
  case/                one case in the layout of ONNX's backend tests, expected
                       output by onnxruntime, for autoglm-verify

Needs torch, scikit-learn, onnx and onnxruntime from PyPI (last run with 2.15.0,
1.9.1, 1.23.2 and 1.32.0). Neither the demo nor the tests run this.
"""

import json
import pathlib

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent
SEED = 20
HELDOUT = 500
EPOCHS = 60


class DigitsNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(16)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(32)
        self.conv3 = nn.Conv2d(32, 48, 3, padding=1)
        self.bn3 = nn.BatchNorm2d(48)
        self.fc = nn.Linear(48, 10)

    def forward(self, image):
        x = torch.relu(self.bn1(self.conv1(image * 0.0625)))
        x = torch.max_pool2d(x, 2)
        x = torch.relu(self.bn2(self.conv2(x)))
        x = torch.relu(self.bn3(self.conv3(x)))
        return self.fc(x.mean((2, 3)))


def shifted(images, generator):
    """Each image moved by up to one pixel in each direction."""
    padded = nn.functional.pad(images, (1, 1, 1, 1))
    moved = torch.empty_like(images)
    offsets = torch.randint(0, 3, (len(images), 2), generator=generator)
    for i, (dy, dx) in enumerate(offsets.tolist()):
        moved[i] = padded[i, :, dy:dy + 8, dx:dx + 8]
    return moved


def train(images, labels):
    torch.manual_seed(SEED)
    generator = torch.Generator().manual_seed(SEED)
    net = DigitsNet()
    steps = EPOCHS * ((len(images) + 63) // 64)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-2, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, steps)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(images), generator=generator).split(64):
            logits = net(shifted(images[batch], generator))
            loss = nn.functional.cross_entropy(logits, labels[batch],
                                               label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return net.eval()


def to_onnx(net):
    """Written node by node: torch's exporters fold BatchNormalization."""
    initializers = [numpy_helper.from_array(np.float32(0.0625), "pixel_scale")]
    nodes = [helper.make_node("Mul", ["image", "pixel_scale"], ["scaled"],
                              "scale")]

    def weight(name, tensor):
        initializers.append(numpy_helper.from_array(
            tensor.detach().numpy().astype(np.float32), name))
        return name

    def block(i, source):
        conv, bn = getattr(net, f"conv{i}"), getattr(net, f"bn{i}")
        nodes.append(helper.make_node(
            "Conv", [source, weight(f"conv{i}.weight", conv.weight),
                     weight(f"conv{i}.bias", conv.bias)],
            [f"conv{i}_out"], f"conv{i}", kernel_shape=[3, 3],
            pads=[1, 1, 1, 1]))
        nodes.append(helper.make_node(
            "BatchNormalization",
            [f"conv{i}_out", weight(f"bn{i}.scale", bn.weight),
             weight(f"bn{i}.bias", bn.bias),
             weight(f"bn{i}.mean", bn.running_mean),
             weight(f"bn{i}.var", bn.running_var)],
            [f"bn{i}_out"], f"bn{i}", epsilon=bn.eps))
        nodes.append(helper.make_node("Relu", [f"bn{i}_out"], [f"relu{i}_out"],
                                      f"relu{i}"))
        return f"relu{i}_out"

    block(1, "scaled")
    nodes.append(helper.make_node("MaxPool", ["relu1_out"], ["pool_out"], "pool",
                                  kernel_shape=[2, 2], strides=[2, 2]))
    block(2, "pool_out")
    block(3, "relu2_out")
    nodes.append(helper.make_node("GlobalAveragePool", ["relu3_out"],
                                  ["mean_out"], "mean"))
    nodes.append(helper.make_node("Flatten", ["mean_out"], ["flat_out"],
                                  "flatten", axis=1))
    nodes.append(helper.make_node(
        "Gemm", ["flat_out", weight("fc.weight", net.fc.weight),
                 weight("fc.bias", net.fc.bias)], ["logits"], "fc", transB=1))
    nodes.append(helper.make_node("Softmax", ["logits"], ["probabilities"],
                                  "softmax", axis=-1))
    graph = helper.make_graph(
        nodes, "digits",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT,
                                       [1, 1, 8, 8])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT,
                                       [1, 10])],
        initializers)
    model = helper.make_model(graph, ir_version=8, producer_name="train.py",
                              opset_imports=[helper.make_opsetid("", 18)])
    onnx.checker.check_model(model, full_check=True)
    return model


def write_tensor(array, name, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        numpy_helper.from_array(array, name).SerializeToString())


def main():
    torch.use_deterministic_algorithms(True)
    data = load_digits()
    images = data.images.astype(np.float32)[:, None]
    train_x, held_x, train_y, held_y = train_test_split(
        images, data.target, test_size=HELDOUT, random_state=SEED,
        stratify=data.target)
    model = to_onnx(train(torch.from_numpy(train_x),
                          torch.from_numpy(train_y)))
    onnx.save(model, HERE / "digits.onnx")

    with open(HERE / "heldout.jsonl", "w") as out:
        for image in held_x:
            out.write(json.dumps({"image": image[None].astype(int).tolist()},
                                 separators=(",", ":")) + "\n")
    (HERE / "labels.txt").write_text("".join(f"{y}\n" for y in held_y))

    session = onnxruntime.InferenceSession(
        str(HERE / "digits.onnx"), providers=["CPUExecutionProvider"])
    results = [session.run(None, {"image": image[None]})[0] for image in held_x]
    right = sum(int(r.argmax()) == int(y) for r, y in zip(results, held_y))

    case = HERE / "case"
    case.mkdir(exist_ok=True)
    link = case / "model.onnx"
    link.unlink(missing_ok=True)
    link.symlink_to("../digits.onnx")
    for i in range(3):
        folder = case / f"test_data_set_{i}"
        write_tensor(held_x[i][None], "image", folder / "input_0.pb")
        write_tensor(results[i], "probabilities", folder / "output_0.pb")

    print(f"{(HERE / 'digits.onnx').stat().st_size} bytes; onnxruntime: "
          f"{right} of {len(held_y)} held-out digits right, "
          f"{100 * right / len(held_y):.1f} %")


if __name__ == "__main__":
    main()
