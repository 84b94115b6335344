"""Command line: ``train``, ``export``, ``evaluate``, ``quantise``, ``crossval``, ``card`` and ``import-nih``."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from thorax_trainer.data.dataset import Dataset
from thorax_trainer.engines.engine import open_engine
from thorax_trainer.training.job import TrainingJob
from thorax_trainer.training.size_schedule import SizeSchedule

REJECTED = 3
"""Exit code of ``quantise`` when the result loses more than it may."""


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    return options.run(options) or 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="thorax_trainer", description=__doc__)
    commands = parser.add_subparsers(required=True)
    _add_train(commands.add_parser("train", help="train a detector"))
    _add_export(commands.add_parser("export", help="write a checkpoint as ONNX"))
    _add_evaluate(commands.add_parser("evaluate", help="judge an exported detector on a labelled split"))
    _add_quantise(commands.add_parser("quantise", help="make an exported detector one of eight bits, and judge it"))
    _add_crossval(commands.add_parser("crossval", help="patient-grouped cross-validation on real images"))
    _add_card(commands.add_parser("card", help="write the model card and the serving configuration"))
    _add_import_nih(commands.add_parser("import-nih", help="reviewed NIH ChestX-ray14 images as a dataset"))
    return parser


def _add_train(parser: argparse.ArgumentParser) -> None:
    _add_training_options(parser)
    parser.add_argument("--data", type=Path, required=True, help="data.yaml")
    parser.add_argument("--also", type=Path, action="append", default=[], help="data.yaml to mix in (its train split)")
    parser.add_argument("--also-repeat", type=int, default=1, help="times an --also image comes in each epoch")
    parser.add_argument("--output", type=Path, required=True, help="folder for metrics.csv, last.pt and result.json")
    parser.set_defaults(run=_train)


def _add_training_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--engine", default="libreyolo")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--image-size", default="640", help="pixels, or a schedule such as 256:0.3,320:1")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--weights", type=Path, help="checkpoint to start from; default: random weights")
    parser.add_argument("--data-limit", type=int, help="at most this many images of each split of --data")
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--learning-rate", type=float, default=1.5e-3)
    parser.add_argument("--warmup-steps", type=int, default=150)
    parser.add_argument("--empty-share", type=float, default=1.0, help="fraction of finding-free images in each epoch")
    parser.add_argument("--time-budget-minutes", type=float, help="finish the schedule within this wall time")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--keep-all-checkpoints", action="store_true")


def job_from(options: argparse.Namespace, data: Path, output: Path, also: tuple[Path, ...], repeat: int) -> TrainingJob:
    """The job that the training options describe."""
    return TrainingJob(
        data=data,
        output=output,
        epochs=options.epochs,
        sizes=SizeSchedule.parse(options.image_size),
        seed=options.seed,
        weights=options.weights,
        also=also,
        also_repeat=repeat,
        data_limit=options.data_limit,
        batch_size=options.batch_size,
        learning_rate=options.learning_rate,
        warmup_steps=options.warmup_steps,
        empty_share=options.empty_share,
        time_budget_minutes=options.time_budget_minutes,
        threads=options.threads,
        keep_all_checkpoints=options.keep_all_checkpoints,
    )


def _train(options: argparse.Namespace) -> None:
    options.output.mkdir(parents=True, exist_ok=True)
    job = job_from(options, options.data, options.output, tuple(options.also), options.also_repeat)
    started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    result = open_engine(options.engine).train(job)
    content = {"engine": options.engine, "seed": options.seed, "started": started, **asdict(result)}
    content["checkpoint"] = result.checkpoint.name
    write_json(content, options.output / "result.json")


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--engine", default="libreyolo")
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True, help="the .onnx file to write")
    parser.add_argument("--input-size", type=int, default=640, help="pixels; a multiple of the trained size")
    parser.add_argument("--network-size", type=int, help="pixels that the network works on; default: as trained")
    parser.add_argument("--version", default="1")
    parser.set_defaults(run=_export)


def _export(options: argparse.Namespace) -> None:
    options.output.parent.mkdir(parents=True, exist_ok=True)
    open_engine(options.engine).export(
        options.checkpoint, options.output, options.input_size, options.version, options.network_size
    )


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, required=True, help="the .onnx file")
    parser.add_argument("--data", type=Path, required=True, help="data.yaml with a val and a test split")
    parser.add_argument("--output", type=Path, required=True, help="folder for evaluation.json and plots")
    parser.add_argument("--picture", action="store_true", help="also draw one image: for phantoms, never for patients")
    parser.add_argument("--bootstrap", type=int, default=2000, help="resamples for the interval")
    parser.set_defaults(run=_evaluate)


def _evaluate(options: argparse.Namespace) -> None:
    # Imported here so that a training job needs neither matplotlib nor onnxruntime.
    from thorax_trainer import evaluation, plots
    from thorax_trainer.data.letterbox import read_gray
    from thorax_trainer.onnx_detector import OnnxDetector

    options.output.mkdir(parents=True, exist_ok=True)
    dataset = Dataset.open(options.data)
    detector = OnnxDetector(options.model)
    if detector.names != dataset.names:
        raise ValueError("the detector and the dataset do not have the same classes")
    # Thresholds come from the validation split and are only applied to the test split.
    points = evaluation.recommended_thresholds(*detector.detect_all(dataset.samples("val")), dataset.names)
    samples = dataset.samples("test")
    found, truth = detector.detect_all(samples)
    thresholds = {name: point["threshold"] for name, point in points.items()}
    report = evaluation.per_class_report(found, truth, dataset.names, thresholds, options.bootstrap)
    content = {"thresholds_on_val": points, "test": report}
    write_json(content, options.output / "evaluation.json")
    plots.plot_precision_recall(
        found, truth, dataset.names, "Held-out phantoms, IoU 0.5", options.output / "precision-recall.png"
    )
    plots.plot_reliability(report["calibration"], "Held-out phantoms", options.output / "reliability.png")
    if options.picture:
        index = max(range(len(truth)), key=lambda one: len(truth[one]))
        picture = read_gray(str(samples[index].image))
        plots.plot_phantom(
            picture, found[index], truth[index], dataset.names, thresholds, options.output / "phantom.png"
        )
    print(f"mAP50 {report['map50']['value']:.4f} on {report['images']} images")


def _add_quantise(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, required=True, help="the float32 .onnx file")
    parser.add_argument("--output", type=Path, required=True, help="the .onnx file to write when it is accepted")
    parser.add_argument("--calibration", type=Path, required=True, help="folder of images, or data.yaml (train split)")
    parser.add_argument("--images", type=int, default=64, help="images to calibrate on")
    parser.add_argument("--seed", type=int, default=0, help="which images those are")
    parser.add_argument("--method", choices=["min-max", "percentile", "entropy"], default="min-max")
    parser.add_argument("--weight-bits", type=int, choices=[7, 8], default=7, help="8 only where all servers have VNNI")
    judged = parser.add_mutually_exclusive_group(required=True)
    judged.add_argument("--data", type=Path, help="data.yaml with labelled images to judge on")
    judged.add_argument("--without-judgement", action="store_true", help="for timing only: accuracy stays unknown")
    parser.add_argument("--split", default="test", help="split of --data to judge on")
    parser.add_argument("--max-ap-drop", type=float, default=0.01, help="of the mean AP50, upper end of its interval")
    parser.add_argument("--max-class-drop", type=float, default=0.05, help="of the AP50 of any class")
    parser.add_argument("--bootstrap", type=int, default=2000, help="resamples for the interval")
    parser.add_argument("--report", type=Path, help="folder for quantisation.json and .md; default: that of --output")
    parser.set_defaults(run=_quantise)


def _quantise(options: argparse.Namespace) -> int:
    from thorax_trainer.quantisation.calibration import CalibrationSet
    from thorax_trainer.quantisation.job import QuantisationJob, run
    from thorax_trainer.quantisation.judgement import Limits
    from thorax_trainer.quantisation.quantiser import Quantisation

    calibration = CalibrationSet.choose(options.calibration, options.images, options.seed)
    content = run(
        QuantisationJob(
            model=options.model,
            output=options.output,
            report=options.report or options.output.parent,
            how=Quantisation(calibration, options.method, options.weight_bits),
            data=options.data,
            split=options.split,
            limits=Limits(options.max_ap_drop, options.max_class_drop),
            resamples=options.bootstrap,
            seed=options.seed,
        )
    )
    judgement = content["judgement"]
    if judgement and not judgement["accepted"]:
        print("rejected: " + "; ".join(judgement["reasons"]), file=sys.stderr)
        return REJECTED
    print(f"{content['result']['file']}: {content['result']['bytes']:,} bytes")
    return 0


def _add_crossval(parser: argparse.ArgumentParser) -> None:
    _add_training_options(parser)
    parser.add_argument("--data", type=Path, required=True, help="data.yaml that fine-tuning continues on")
    parser.add_argument("--real", type=Path, required=True, help="data.yaml written by import-nih")
    parser.add_argument("--real-repeat", type=int, default=8, help="times a real image comes in each epoch")
    parser.add_argument("--folds", type=int, default=4)
    parser.add_argument("--input-size", type=int, default=640)
    parser.add_argument("--compare", action="append", default=[], metavar="NAME=ONNX", help="a model to judge too")
    parser.add_argument("--output", type=Path, required=True)
    parser.set_defaults(run=_crossval)


def _crossval(options: argparse.Namespace) -> None:
    from thorax_trainer import crossval, plots

    options.output.mkdir(parents=True, exist_ok=True)
    job = job_from(options, options.data, options.output, (), options.real_repeat)
    engine = open_engine(options.engine)
    predictions = crossval.cross_validate(engine, job, options.real, options.folds, options.input_size)
    content = {"folds": options.folds, "cross_validated": crossval.report(predictions)}
    curves = {"fine-tuned, out of fold": (predictions.found, predictions.truth)}
    for name, _, model in (comparison.partition("=") for comparison in options.compare):
        compared = crossval.judge(Path(model), options.real)
        content[name] = crossval.report(compared)
        curves[name.replace("_", " ")] = (compared.found, compared.truth)
    write_json(content, options.output / "crossval.json")
    title = f"Real radiographs, n = {len(predictions.found)}, any class, IoU 0.5"
    plots.plot_froc(curves, 0.5, title, options.output / "froc-real.png")
    print(json.dumps(content, indent=2))


def _add_card(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, required=True, help="the .onnx file; the other files go beside it")
    parser.add_argument("--evaluation", type=Path, required=True, help="evaluation.json")
    parser.add_argument("--crossval", type=Path, required=True, help="crossval.json")
    parser.add_argument("--commands", type=Path, required=True, help="shell script that makes the model")
    parser.add_argument("--training", type=Path, nargs="+", required=True, help="result.json of each training stage")
    parser.add_argument("--version", default="1")
    parser.set_defaults(run=_card)


def _card(options: argparse.Namespace) -> None:
    from thorax_trainer import model_card, plots

    folder: Path = options.model.parent
    results = [json.loads(path.read_text("utf-8")) for path in options.training]
    evaluation = json.loads(options.evaluation.read_text("utf-8"))
    crossval = json.loads(options.crossval.read_text("utf-8"))
    commands = options.commands.read_text("utf-8")
    facts = model_card.CardFacts(options.model, options.version, evaluation, crossval, results, commands)
    (folder / "MODEL_CARD.md").write_text(model_card.render(facts), "utf-8")
    (folder / "model_config.yaml").write_text(model_card.serving_configuration(facts), "utf-8")
    write_json(model_card.evaluation_content(facts), folder / "evaluation.json")
    report = folder / "report"
    report.mkdir(exist_ok=True)
    plots.plot_training([path.parent / "metrics.csv" for path in options.training], report / "training.png")
    for source in (options.evaluation.parent, options.crossval.parent):
        for figure in source.glob("*.png"):
            (report / figure.name).write_bytes(figure.read_bytes())


def _add_import_nih(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--source", type=Path, required=True, help="folder with images.csv and annotations.csv")
    parser.add_argument("--classes", type=Path, required=True, help="data.yaml whose names are wanted")
    parser.add_argument("--output", type=Path, required=True)
    parser.set_defaults(run=_import_nih)


def _import_nih(options: argparse.Namespace) -> None:
    from thorax_trainer.data.nih_cxr import import_nih

    count = import_nih(options.source, options.output, Dataset.open(options.classes).names)
    print(f"{count} images")


def write_json(content: object, path: Path) -> None:
    """Indented JSON with a final newline."""
    path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
