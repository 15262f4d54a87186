"""The layers: a function carries only what it imports, and Lambda takes five of them at most."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra_cdk.components.bundling import Bundle, code

ROOT: Final = "/opt"

BUNDLES: Final[Mapping[str, Bundle]] = {
    "deps": Bundle(root=ROOT, locked="requirements/lambda-deps.txt"),
    "core": Bundle(root=ROOT, copies=(("layers/core/python", "python"),)),
    "embedder": Bundle(root=ROOT, copies=(("layers/embedder", "embedder"),), locked="requirements/lambda-embedder.txt"),
    "multilingual": Bundle(
        root=ROOT, copies=(("layers/multilingual", "multilingual"),), locked="requirements/lambda-multilingual.txt"
    ),
    "numpy": Bundle(root=ROOT, locked="requirements/lambda-numpy.txt"),
    "tokenizer": Bundle(
        root=ROOT, copies=(("layers/tokenizer", "tokenizer"),), locked="requirements/lambda-tokenizer.txt"
    ),
    "outside": Bundle(root=ROOT, locked="requirements/lambda-outside.txt"),
}


class Layers(Construct):
    """The layers of one stack, made when the first function asks for them."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self._made: dict[str, lambda_.LayerVersion] = {}

    def __getitem__(self, name: str) -> lambda_.LayerVersion:
        """The layer of this name."""
        if name not in self._made:
            self._made[name] = lambda_.LayerVersion(
                self,
                name,
                code=code(BUNDLES[name]),
                compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
                compatible_architectures=[lambda_.Architecture.ARM_64],
                description=f"Cairn: {name}",
            )
        return self._made[name]
