"""A trained network to ONNX: weights stored in half precision."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch

from studiohand.models.bands import BANDS, FRAMES
from training.network import Separator


def export(state: Path, place: Path, softness: float = 1.0) -> float:
    """Write the averaged weights of a checkpoint as ONNX; returns the largest mask difference.

    Weights above 256 numbers are stored as 16-bit floats behind a cast. `softness` scales what
    goes into the softmax: masks to that power, made to add up to one again.
    """
    import onnx
    import onnxruntime

    model = Separator()
    model.load_state_dict(torch.load(state, weights_only=True)["average"])
    model.eval()
    with torch.no_grad():
        model.last.weight.mul_(softness)
        model.last.bias.mul_(softness)
    example = torch.rand(1, 3, FRAMES, BANDS)
    example[:, 2] = (example[:, 0] * example[:, 1]).sqrt() * 0.8
    aside = place.with_suffix(".whole.onnx")
    program = torch.onnx.export(
        model, (example,), input_names=["power"], output_names=["masks"], dynamo=True, verbose=False
    )
    program.save(str(aside))
    onnx.save(tidied(onnx.load(str(aside))), str(place))
    for leftover in place.parent.glob(aside.name + "*"):
        leftover.unlink()
    with torch.no_grad():
        wanted = model(example).numpy()
    got = onnxruntime.InferenceSession(str(place), providers=["CPUExecutionProvider"]).run(
        None, {"power": example.numpy()}
    )[0]
    return float(np.abs(wanted - got).max())


def tidied(graph: Any) -> Any:
    """An exported network, weights in half precision, nothing in it of where it was made."""
    _halve(graph)
    _forget_where(graph)
    return graph


def _forget_where(model: Any) -> None:
    """Take out what the exporter says of the machine it ran on: file names and stack traces."""
    del model.metadata_props[:]
    model.graph.doc_string = ""
    del model.graph.metadata_props[:]
    graph = model.graph
    for item in (*graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
        item.doc_string = ""
        del item.metadata_props[:]


def _halve(graph: object) -> None:
    from onnx import TensorProto, helper, numpy_helper

    inner = graph.graph  # type: ignore[attr-defined]
    casts = []
    for tensor in inner.initializer:
        if tensor.data_type == TensorProto.FLOAT and int(np.prod(tensor.dims)) > 256:
            name = tensor.name
            half = numpy_helper.to_array(tensor).astype(np.float16)
            tensor.CopyFrom(numpy_helper.from_array(half, name + "_half"))
            casts.append(helper.make_node("Cast", [name + "_half"], [name], to=TensorProto.FLOAT))
    for i, node in enumerate(casts):
        inner.node.insert(i, node)


def main() -> None:
    """``python -m training.export STATE PLACE``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("state", type=Path)
    parser.add_argument("place", type=Path)
    parser.add_argument("--softness", type=float, default=1.0)
    args = parser.parse_args()
    worst = export(args.state, args.place, args.softness)
    content = args.place.read_bytes()
    print(
        f"{len(content)} bytes, largest mask difference {worst:.1e}, "
        f"SHA-256 {hashlib.sha256(content).hexdigest()}"
    )


if __name__ == "__main__":
    main()
