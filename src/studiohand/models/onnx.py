"""The one runtime for learned models: ONNX Runtime on the processor, imported when first needed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from studiohand.core.errors import Corrupt

Array = npt.NDArray[np.generic]


class Session:
    """A network that is loaded and ready.

    Parameters
    ----------
    model : Path or bytes
        An ONNX file whose checksum was compared, or a graph built here.
    threads : int
        0: as many as there are cores.

    Raises
    ------
    Corrupt
        It cannot be loaded.
    """

    def __init__(self, model: Path | bytes, threads: int = 0) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False
        name = model.name if isinstance(model, Path) else "the graph"
        try:
            self._session: Any = onnxruntime.InferenceSession(
                str(model) if isinstance(model, Path) else model,
                options,
                providers=["CPUExecutionProvider"],
            )
        except Exception as error:  # its exceptions share no base but this one
            raise Corrupt(f"“{name}” cannot be loaded as an ONNX model: {error}.") from error
        self.inputs: dict[str, list[int | str]] = {
            item.name: item.shape for item in self._session.get_inputs()
        }
        self.outputs: list[str] = [item.name for item in self._session.get_outputs()]
        self.notes: dict[str, str] = dict(self._session.get_modelmeta().custom_metadata_map)

    def run(self, given: Mapping[str, Array]) -> list[Array]:
        """All outputs for named inputs."""
        results: list[Array] = self._session.run(None, dict(given))
        return results
