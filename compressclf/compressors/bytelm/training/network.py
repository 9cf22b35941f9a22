"""The model that is trained: a stack of gated recurrent units over bytes, in floating point.

A byte passes an embedding, `layers` layers of gated recurrent units (Cho et al., 2014) with a state
of `hidden` numbers each, and a linear layer to 256 scores. A layer keeps only its state, so
computing what follows a prefix takes the same time however long the prefix is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.optional import optional_import

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "BOS",
    "EMBEDDING",
    "n_parameters",
    "network",
    "network_with",
    "parameters_of",
    "random_parameters",
]

BOS = 256  # the token before the first byte
EMBEDDING = 128  # numbers per byte; merged into the first layer when the model is quantised


def network(hidden: int, layers: int) -> Any:
    """Return a new network: ``network(inputs, state) -> (scores, state)``, time first.

    `inputs` are int64, shape (n_steps, n_lanes); `state` float32, shape (layers, n_lanes, hidden);
    the scores have the shape (n_steps, n_lanes, 256).
    """
    torch = optional_import("torch", extra="neural")

    class ByteNetwork(torch.nn.Module):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            self.embedding = torch.nn.Embedding(BOS + 1, EMBEDDING)
            self.recurrent = torch.nn.GRU(EMBEDDING, hidden, layers)
            self.head = torch.nn.Linear(hidden, 256)
            torch.nn.init.normal_(self.embedding.weight, std=0.1)
            torch.nn.init.zeros_(self.head.weight)
            torch.nn.init.zeros_(self.head.bias)
            for name, weight in self.recurrent.named_parameters():
                if name.startswith("weight_hh"):  # orthogonal per gate: keeps the state's size
                    for gate in weight.data.chunk(3):
                        torch.nn.init.orthogonal_(gate)
                elif name.startswith("bias_ih"):  # the update gate is open at first
                    weight.data[hidden : 2 * hidden] = 1.0

        def forward(self, inputs: Any, state: Any) -> Any:
            outputs, state = self.recurrent(self.embedding(inputs), state)
            return self.head(outputs), state

    return ByteNetwork()


def network_with(parameters: dict[str, NDArray[np.float32]]) -> Any:
    """Return a network with these parameters."""
    torch = optional_import("torch", extra="neural")
    hidden = parameters["recurrent.weight_hh_l0"].shape[1]
    layers = sum(name.startswith("recurrent.weight_hh_l") for name in parameters)
    filled = network(hidden, layers)
    filled.load_state_dict({name: torch.from_numpy(value) for name, value in parameters.items()})
    return filled


def parameters_of(network: Any) -> dict[str, NDArray[np.float32]]:
    """Return the parameters of a network by their names in it."""
    return {
        name: value.detach().float().cpu().numpy().copy()
        for name, value in network.state_dict().items()
    }


def n_parameters(parameters: dict[str, NDArray[np.float32]]) -> int:
    """Return the total number of parameters."""
    return sum(value.size for value in parameters.values())


def random_parameters(hidden: int, layers: int, *, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Return random parameters of an untrained network, without torch.

    They are normally distributed, with a standard deviation of 0.5 for the embedding,
    1/sqrt(columns) for matrices and 0.1 for biases.
    """
    rng = np.random.default_rng(seed)
    shapes: dict[str, tuple[int, ...]] = {"embedding.weight": (BOS + 1, EMBEDDING)}
    for layer in range(layers):
        columns = hidden if layer else EMBEDDING
        shapes[f"recurrent.weight_ih_l{layer}"] = (3 * hidden, columns)
        shapes[f"recurrent.weight_hh_l{layer}"] = (3 * hidden, hidden)
        shapes[f"recurrent.bias_ih_l{layer}"] = (3 * hidden,)
        shapes[f"recurrent.bias_hh_l{layer}"] = (3 * hidden,)
    shapes["head.weight"], shapes["head.bias"] = (256, hidden), (256,)
    parameters = {}
    for name, shape in shapes.items():
        spread = 0.1 if "bias" in name else 0.5 if "embedding" in name else shape[-1] ** -0.5
        parameters[name] = rng.normal(0, spread, shape).astype(np.float32)
    return parameters
