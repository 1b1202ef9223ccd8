"""Spleeter's networks (Hennequin et al. 2020) from the official checkpoints, without TensorFlow.

One U-Net an instrument sees the magnitude of 512 frames by 1024 bins (up to 11 kHz) and gives a
mask; masks are turned into shares of the mixture, and above 11 kHz the mean of the top 64 bins
goes on, so no treble is lost.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studiohand.core.errors import Corrupt
from studiohand.dsp.blocks.stft import analyse, overlap_add, overlap_gain
from studiohand.models.graph import Graph
from studiohand.models.onnx import Session
from studiohand.models.protocol import SeparationModel, Shape, Window
from studiohand.models.tensorbundle import Tensors, read_bundle
from studiohand.models.windows import Windows

RATE, WINDOW, HOP = 44100, 4096, 1024
FRAMES, BINS = 512, 1024
TOP_BINS = 64
LEVELS = 6
EPSILON = 1e-3
"""Of the batch normalisation (Keras's default)."""

Real = npt.NDArray[np.float32]


class Spleeter:
    """Masks from several networks, applied to the mixture's spectra.

    Parameters
    ----------
    name : str
    nets : sequence of str
        What each network gives, in the checkpoint's order.
    tensors : Tensors
        The checkpoint.
    activation : str
        ``"LeakyReLU"`` (two stems) or ``"ELU"`` (four and five).
    frames, bins : int
        Size the networks are built for; smaller for tests.
    """

    def __init__(
        self,
        name: str,
        nets: Sequence[str],
        tensors: Tensors,
        activation: str = "LeakyReLU",
        frames: int = FRAMES,
        bins: int = BINS,
    ) -> None:
        self.name, self.stems = name, tuple(nets)
        self._bins = bins
        self._joint = "softmax" if activation == "ELU" else "power"
        model = network(tensors, len(nets), activation, self._joint, frames, bins)
        self._session = Session(model)
        self.shape = Shape(
            rate=RATE,
            window_frames=WINDOW + HOP * (frames - 1),
            margin_frames=min(32 * HOP, frames * HOP // 8 + WINDOW - HOP),
            fade_frames=frames * HOP // 8,
            memory_mb=900,
        )

    def separate(self, window: Window, stems: tuple[str, ...]) -> Mapping[str, Window]:
        spectra = analyse(window, WINDOW, HOP)
        level = np.abs(spectra[..., : self._bins]).transpose(1, 0, 2)
        given = self._session.run({"level": np.ascontiguousarray(level[None], np.float32)})
        shares = self._shares([np.asarray(item[0], np.float32) for item in given])
        gain = overlap_gain(WINDOW, HOP)
        out = {}
        for stem in stems:
            mask = extended(shares[self.stems.index(stem)], spectra.shape[2]).transpose(1, 0, 2)
            out[stem] = np.asarray(overlap_add(spectra * mask, WINDOW, HOP) / gain, np.float32)
        return out

    def _shares(self, given: list[Real]) -> Real:
        """Each network's answer as a share of the mixture, (nets, 2, frames, bins)."""
        answers = np.stack(given)
        weight = answers if self._joint == "softmax" else answers**2
        shares: Real = (weight + 1e-10 / len(given)) / (weight.sum(axis=0) + 1e-10)
        return shares


class Cascade:
    """A vocal separator whose accompaniment our own network splits further.

    Parameters
    ----------
    name : str
    first : SeparationModel
        Gives ``vocals`` and ``accompaniment``.
    then : SeparationModel
        Splits the accompaniment; what it takes for a voice there goes to ``other``.
    """

    stems = ("vocals", "drums", "bass", "other")

    def __init__(self, name: str, first: SeparationModel, then: SeparationModel) -> None:
        self.name, self._first, self._then = name, first, then
        self.shape = first.shape

    def separate(self, window: Window, stems: tuple[str, ...]) -> Mapping[str, Window]:
        parts = self._first.separate(window, ("vocals", "accompaniment"))
        if stems == ("vocals",):
            return {"vocals": parts["vocals"]}
        splitter = Windows(self._then, self.stems)
        band = parts["accompaniment"].astype(np.float64)
        split = np.concatenate([splitter.process(band), splitter.flush()]).astype(np.float32)
        by_stem = {stem: split[:, 2 * i : 2 * i + 2] for i, stem in enumerate(self.stems)}
        by_stem["other"] = by_stem["other"] + by_stem["vocals"]
        by_stem["vocals"] = parts["vocals"]
        return {stem: by_stem[stem] for stem in stems}


def extended(mask: Real, bins: int) -> Real:
    """A mask to all bins: above its last bin the mean of its top ones goes on."""
    top = mask[..., -TOP_BINS:].mean(axis=-1, keepdims=True)
    return np.concatenate([mask, np.repeat(top, bins - mask.shape[-1], axis=-1)], axis=-1)


def read_checkpoint(files: Mapping[str, Path]) -> Tensors:
    """The tensors of ``model.index`` and ``model.data-…``, loose or in a tar archive."""
    content: dict[str, bytes] = {}
    for path in files.values():
        if path.name.endswith((".tar.gz", ".tar")):
            with tarfile.open(fileobj=io.BytesIO(path.read_bytes())) as archive:
                for member in archive:
                    if member.isfile() and (file := archive.extractfile(member)):
                        content[Path(member.name).name] = file.read()
        else:
            content[path.name] = path.read_bytes()
    index = next((c for name, c in content.items() if name.endswith("model.index")), None)
    data = next((c for name, c in content.items() if "model.data-" in name), None)
    if index is None or data is None:
        raise Corrupt("The model's archive holds no checkpoint.", todo="Fetch the model again.")
    return read_bundle(index, data)


def network(
    tensors: Tensors, nets: int, activation: str, joint: str, frames: int, bins: int
) -> bytes:
    """All networks of a checkpoint as one ONNX graph: level (1, 2, frames, bins) to answers.

    Raises
    ------
    Corrupt
        A tensor is missing.
    """
    graph = Graph()
    try:
        logits = [_unet(graph, tensors, i, activation, joint) for i in range(nets)]
    except KeyError as error:
        raise Corrupt(
            f"The checkpoint lacks the tensor {error}.", todo="Fetch it again."
        ) from error
    if joint == "softmax":
        axis = graph.constant(np.array([0], np.int64))
        raised = [graph.node("Unsqueeze", [name, axis]) for name in logits]
        shares = graph.node("Softmax", [graph.node("Concat", raised, axis=0)], axis=0)
        for i in range(nets):
            which = graph.constant(np.array(i, np.int64))
            graph.node("Gather", [shares, which], f"out{i}", axis=0)
    else:
        for i, name in enumerate(logits):
            graph.node("Mul", [graph.node("Sigmoid", [name]), "level"], f"out{i}")
    shape = (1, 2, frames, bins)
    return graph.model({"level": shape}, {f"out{i}": shape for i in range(nets)})


def _unet(graph: Graph, tensors: Tensors, net: int, activation: str, joint: str) -> str:
    """One instrument's network; returns the name of its mask before the last function."""
    convolutions, transposed, norms = net * (LEVELS + 1), net * LEVELS, net * 2 * LEVELS
    x, skips = "level", []
    for level in range(LEVELS):
        conv = _convolve(graph, tensors, "conv2d", convolutions + level, x, strides=(2, 2))
        skips.append(conv)
        normed = _norm(graph, tensors, norms + level, conv)
        x = _activate(graph, activation, normed, 0.2)
    x = skips[-1]
    for level in range(LEVELS):
        raw = _convolve(graph, tensors, "conv2d_transpose", transposed + level, x, strides=(2, 2))
        up = graph.node("Relu", [raw]) if activation != "ELU" else graph.node("Elu", [raw])
        x = _norm(graph, tensors, norms + LEVELS + level, up)
        if level < LEVELS - 1:
            x = graph.node("Concat", [skips[LEVELS - 2 - level], x], axis=1)
    return _convolve(graph, tensors, "conv2d", convolutions + LEVELS, x, dilations=(2, 2))


def _numbered(kind: str, number: int) -> str:
    return f"{kind}_{number}" if number else kind


def _convolve(
    graph: Graph, tensors: Tensors, kind: str, number: int, x: str, **settings: tuple[int, int]
) -> str:
    """A convolution with the padding TensorFlow calls SAME (more at the end than at the start)."""
    name = _numbered(kind, number)
    kernel = graph.constant(tensors[f"{name}/kernel"].transpose(3, 2, 0, 1).copy())
    bias = graph.constant(tensors[f"{name}/bias"].copy())
    pads = (3, 3, 3, 3) if "dilations" in settings else (1, 1, 2, 2)
    operator = "ConvTranspose" if kind == "conv2d_transpose" else "Conv"
    return graph.node(operator, [x, kernel, bias], "", pads=pads, **settings)


def _norm(graph: Graph, tensors: Tensors, number: int, x: str) -> str:
    name = _numbered("batch_normalization", number)
    parts = ("gamma", "beta", "moving_mean", "moving_variance")
    values = [graph.constant(tensors[f"{name}/{part}"].copy()) for part in parts]
    return graph.node("BatchNormalization", [x, *values], epsilon=EPSILON)


def _activate(graph: Graph, activation: str, x: str, slope: float) -> str:
    if activation == "ELU":
        return graph.node("Elu", [x])
    return graph.node("LeakyRelu", [x], alpha=slope)
