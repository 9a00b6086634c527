"""The Markdown of docs/models.md, from what models_table.py has measured."""

INTRODUCTION = """\
# Models, measured

Made by `tools/models_table.py` in {minutes:.0f} minutes: all figures are from our own runs of this program, on one machine.

* {version}, ONNX Runtime {runtime}
* {processor}

Times move by 10 to 30 % from run to run; read smaller differences as nothing. Megabytes are of weights, 1 MB = 1,000,000 bytes; the default models are **bold**.
"""

DETECTORS = """\
## Detectors

On the {pictures} pictures of the WIDER FACE part ({faces} faces that count, most about 1024 pixels wide), `vultus evaluate
detection`, each detector at its own threshold and smallest face, on one thread. AP is the exact area under the interpolated
curve of precision over recall at an overlap of 0.5, of what the detector gives at its threshold; "from 10 px" leaves smaller
faces aside, as WIDER FACE means to. "AP / s" is AP divided by the median seconds a picture: accuracy for time. Milliseconds are of detection without decoding: the median over those pictures, and the least of ten for
a 640×480 picture with {cut} faces on one thread and on two. RSS is the most memory of the process, which loads no
embedder. Landmark error: the mean distance of the five landmarks to the true ones in parts of the distance of the eyes, and
the share of faces missed, on {points} pictures of LFW (`vultus evaluate landmarks`); a detector of boxes alone has its
landmarks by its default finder of shapes.
"""

FINDERS = """\
## Finders of landmarks

In the true boxes of dlib's pictures with 68 points (`testing_with_face_landmarks.xml`), which are boxes of dlib's detector with
points by its own predictor, looked over by hand: they favour dlib's models. Errors as above; of the shape, in parts of the
distance of the outer corners of the eyes.
"""

EMBEDDERS = """\
## Embedders

LFW's development half, deep-funneled, `vultus evaluate pairs`: accuracy is the mean and deviation over ten folds of
pairsDevTest's 500 same and 500 different pairs. TAR at FAR 1e-3 needs more different pairs than those 500: it is of the same
pairs and {different} different ones among the same pictures. Left out are pairs in which a picture has no face. Milliseconds are for
one face on one thread, with alignment, the least of ten.
"""


def number(value, digits):
    return "–" if value is None else f"{value:.{digits}f}"


def percent(value, digits=1):
    return "–" if value is None else f"{100 * value:.{digits}f} %"


def name_of(model):
    return f"**{model['name']}**" if model["default"] else model["name"]


def table(head, rows):
    """A Markdown table; `head` has the titles, those of numbers after a >."""
    lines = ["| " + " | ".join(title.lstrip(">") for title in head) + " |",
             "|" + "|".join("---:" if title.startswith(">") else "---" for title in head) + "|"]
    for row in rows:
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |")
    return "\n".join(lines) + "\n"


def failures(rows):
    """What could not be measured, and why."""
    return "".join(f"\n{name_of(row)} could not be measured: {row['failure']}.\n" for row in rows if "failure" in row)


def bucket(each):
    if each["to"] is None:
        return f">{each['from']:.0f} px up"
    return f">{each['from']:.0f}–{each['to']:.0f}"


def ap_per_second(row):
    found = row["detection"]
    return found["average_precision"] / found["milliseconds"]["median"] * 1000


def detector_tables(rows):
    rows = sorted((row for row in rows if "failure" not in row),
                  key=lambda row: -row["detection"]["average_precision"])
    if not rows:
        return "None could be measured.\n"
    buckets = [bucket(each) for each in rows[0]["detection"]["heights"]]
    accuracy, cost = [], []
    for row in rows:
        found, marks = row["detection"], row["landmarks"]
        five = marks["five"] or {"mean": None}
        accuracy.append([name_of(row), number(found["average_precision"], 3),
                         number(found["average_precision_from_10px"], 3), percent(found["precision"]),
                         percent(found["recall"]),
                         *(percent(each["recall"], 0) for each in found["heights"]),
                         number(found["false_positives_per_picture"], 2), number(five["mean"], 3),
                         percent(marks["missed"] / marks["faces"])])
        cost.append([name_of(row), number(ap_per_second(row), 1), number(found["milliseconds"]["median"], 1),
                     number(row["ms1"], 1), number(row["ms2"], 1), number(row["bytes"] / 1e6, 2),
                     number(found["peak_rss_mib"], 0), row["licence"]])
    return (table(["detector", ">AP", ">from 10 px", ">precision", ">recall", *buckets, ">false a picture",
                   ">landmark error", ">missed in LFW"], accuracy) +
            "\nThe columns from 0–10 on are recall by the height of the true face in pixels.\n\n" +
            table(["detector", ">AP / s", ">ms, WIDER", ">ms, 640×480", ">on two threads", ">MB", ">RSS MiB",
                   "licence"], cost))


def finder_table(rows):
    lines = []
    for row in rows:
        if "failure" in row:
            continue
        five, shape = (row["landmarks"][key] or {"mean": None, "p95": None, "failure_rate": None}
                       for key in ("five_in_true_boxes", "shape_in_true_boxes"))
        lines.append([name_of(row), number(shape["mean"], 4), number(shape["p95"], 4),
                      percent(shape["failure_rate"]), number(five["mean"], 4), number(row["bytes"] / 1e6, 2),
                      row["licence"]])
    return table(["finder", ">shape error", ">95 %", ">over 0.1", ">five landmarks", ">MB", "licence"], lines)


def embedder_table(rows):
    lines = []
    for row in rows:
        if "failure" in row:
            continue
        pairs, many = row["pairs"], row["many"]
        tar = many["tar_at_far_1e-3"]
        lines.append([name_of(row), pairs["detector"].split("@")[0],
                      f"{percent(pairs['accuracy'], 2)} ± {100 * pairs['deviation']:.2f}",
                      percent(pairs["accuracy_at_threshold"], 2), number(pairs["auc"], 4),
                      percent(tar, 2) if tar is not None else "too few different pairs",
                      pairs["left_out"], number(row["ms"], 1), row["dimension"], number(row["bytes"] / 1e6, 2),
                      row["licence"]])
    return table(["embedder", "faces by", ">accuracy", ">at its threshold", ">AUC", ">TAR at FAR 1e-3", ">left out",
                  ">ms", ">dimension", ">MB", "licence"], lines)


def first(rows, *path):
    """A figure of the first row that has it."""
    for row in rows:
        value = row
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if value is not None:
            return value
    return 0


def document(tables, facts):
    detectors, finders, embedders = tables["detectors"], tables["finders"], tables["embedders"]
    facts = {**facts, "minutes": facts["seconds"] / 60,
             "pictures": first(detectors, "detection", "pictures"), "faces": first(detectors, "detection", "faces"),
             "points": first(detectors, "landmarks", "pictures"), "cut": facts["faces"]}
    parts = [INTRODUCTION.format(**facts),
             DETECTORS.format(**facts), detector_tables(detectors) + failures(detectors),
             FINDERS, finder_table(finders) + failures(finders),
             EMBEDDERS.format(**facts), embedder_table(embedders) + failures(embedders)]
    return "\n".join(parts)
