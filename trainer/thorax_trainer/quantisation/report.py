"""The quantisation report in Markdown, from the content of quantisation.json alone."""

from __future__ import annotations

from typing import Any


def render(content: dict[str, Any]) -> str:
    """quantisation.md."""
    facts, calibration = content["quantisation"], content["quantisation"]["calibration"]
    lines = [
        f"# Quantisation of {content['source']['file']}",
        "",
        f"**{_verdict(content['judgement'])}**",
        "",
        "| | float | INT8 |",
        "|---|---:|---:|",
        f"| size, bytes | {content['source']['bytes']:,} | {content['result']['bytes']:,} |",
        f"| SHA-256 | `{facts['source_sha256'][:16]}…` | `{content['result']['sha256'][:16]}…` |",
        *_accuracy_rows(content["judgement"]),
        "",
        f"{facts['quantised_convolutions']} of {facts['convolutions']} convolutions have weights of {facts['weights']} "
        f"and activations of {facts['activations']}; {facts['float_nodes']} nodes at both ends stay in float. Ranges "
        f"({calibration['method']}) come from {calibration['images']} images. Made with {facts['quantiser']}.",
        "",
        *_fidelity(content["fidelity"]),
    ]
    if content["judgement"]:
        lines += ["", *_judgement(content["judgement"])]
    return "\n".join(lines) + "\n"


def _verdict(judgement: dict[str, Any] | None) -> str:
    if judgement is None:
        return "Not judged: do not serve it before it is."
    if judgement["accepted"]:
        return "Accepted."
    return "Rejected: " + "; ".join(judgement["reasons"]) + "."


def _accuracy_rows(judgement: dict[str, Any] | None) -> list[str]:
    if judgement is None:
        return []
    return [f"| mean AP50 | {_interval(judgement['float_map50'])} | {_interval(judgement['int8_map50'])} |"]


def _fidelity(fidelity: dict[str, Any]) -> list[str]:
    return [
        f"Raw outputs on {fidelity['images']} calibration images: scores differ by "
        f"{fidelity['largest_score_difference']} at most (signal to noise {fidelity['score_signal_to_noise_db']} dB), "
        f"boxes of anchors that score 0.05 or more by {fidelity['median_box_shift_pixels']} pixels in the median.",
    ]


def _judgement(judgement: dict[str, Any]) -> list[str]:
    agreement, limits = judgement["agreement"], judgement["limits"]
    lines = [
        f"Mean AP50 falls by {_interval(judgement['map50_drop'])} on {judgement['images']} images with "
        f"{judgement['boxes']} boxes ({judgement['interval']}). Allowed: {limits['max_ap_drop']} at the upper end of "
        f"the interval, {limits['max_class_drop']} in any class.",
        "",
        "| class | boxes | float AP50 | INT8 AP50 | drop |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, entry in judgement["classes"].items():
        values = " | ".join(f"{entry[key]:.4f}" for key in ("float_ap50", "int8_ap50", "drop"))
        lines.append(f"| {name} | {entry['boxes']} | {values} |")
    lines += [
        "",
        f"Of {agreement['served_by_float']} detections at or above {agreement['confidence']}, "
        f"{agreement['served_by_float_alone']} are not served by INT8, which serves "
        f"{agreement['served_by_int8_alone']} others.",
    ]
    if agreement["mean_iou"] is not None:
        lines[-1] += (
            f" Pairs overlap by {agreement['mean_iou']:.3f} in the mean (least {agreement['least_iou']:.3f}); their "
            f"scores change by {agreement['mean_score_change']:+.3f} in the mean, "
            f"{agreement['largest_score_change']:.3f} at most."
        )
    return lines


def _interval(entry: dict[str, float]) -> str:
    return f"{entry['value']:.4f} ({entry['low']:.4f} to {entry['high']:.4f})"
