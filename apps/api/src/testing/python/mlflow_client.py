"""Talks to a server with MLflow's unmodified Python client, and prints what it saw as JSON lines.

Usage: mlflow_client.py http://HOST:PORT SECTION [ARGUMENT ...]. Exits with 1, and a traceback, at the first surprise.
"""

import hashlib
import json
import math
import os
import sys
import time

os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

import mlflow
from mlflow.entities import Dataset, DatasetInput, InputTag, LoggedModelInput, LoggedModelOutput, Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient


def say(step, **seen):
    print(json.dumps({"step": step, **seen}), flush=True)


def refused(call):
    try:
        call()
    except MlflowException as error:
        return error.error_code
    raise AssertionError("the server did not refuse")


def fluent():
    """As a training script does it: the experiment by its name, a run as a context."""
    mlflow.set_experiment("nightly")
    with mlflow.start_run(run_name="night 1", tags={"site": "lab"}) as run:
        mlflow.log_params({f"argument/{index}": index for index in range(150)})
        for epoch in range(3):
            mlflow.log_metrics({"metrics/mAP50(B)".replace("(B)", ""): 0.1 * epoch, "loss": 1.0 / (epoch + 1)}, step=epoch)
        mlflow.set_tag("mlflow.note.content", "first night")
        with mlflow.start_run(nested=True) as child:
            mlflow.log_param("depth", 3)
    client = MlflowClient()
    seen = client.get_run(run.info.run_id)
    nested = client.get_run(child.info.run_id)
    say("fluent", status=seen.info.status, name=seen.info.run_name, params=len(seen.data.params),
        loss=seen.data.metrics["loss"], site=seen.data.tags["site"], ended=seen.info.end_time >= seen.info.start_time,
        child=nested.data.tags["mlflow.parentRunId"] == run.info.run_id)


def experiments(client):
    first = client.create_experiment("first", tags={"team": "chest"})
    seen = client.get_experiment(first)
    say("experiment", name=seen.name, tags=seen.tags, stage=seen.lifecycle_stage,
        location=seen.artifact_location == f"mlflow-artifacts:/{first}",
        byName=client.get_experiment_by_name("first").experiment_id == first,
        none=client.get_experiment_by_name("nobody") is None,
        default=client.get_experiment("0").name)
    client.set_experiment_tag(first, "team", "thorax")
    client.set_experiment_tag(first, "other", "x")
    client.delete_experiment_tag(first, "other")
    client.rename_experiment(first, "renamed")
    run = client.create_run(first)
    client.delete_experiment(first)
    deleted = client.get_experiment(first).lifecycle_stage, client.get_run(run.info.run_id).info.lifecycle_stage
    write = refused(lambda: client.set_experiment_tag(first, "a", "b"))
    client.restore_experiment(first)
    seen = client.get_experiment(first)
    say("changed", name=seen.name, tags=seen.tags, deleted=deleted, write=write,
        restored=[seen.lifecycle_stage, client.get_run(run.info.run_id).info.lifecycle_stage])
    say("refused", taken=refused(lambda: client.create_experiment("renamed")),
        unknown=refused(lambda: client.get_experiment("999999")),
        notANumber=refused(lambda: client.get_experiment("none")))


def runs(client):
    experiment = client.create_experiment("runs")
    run = client.create_run(experiment, run_name="one", tags={"a": "1"}, start_time=1_700_000_000_000)
    run_id = run.info.run_id
    client.log_batch(
        run_id,
        metrics=[Metric("loss", value, 1_700_000_000_000 + step, step)
                 for step, value in enumerate([1.5, math.nan, math.inf, -math.inf, 0.25])],
        params=[Param("lr", "0.01"), Param("empty", "")],
        tags=[RunTag("b", "2")],
    )
    client.log_metric(run_id, "late", 2.0, step=5)
    client.log_metric(run_id, "late", 1.0, step=1)
    client.log_metric(run_id, "dice", 0.9, dataset_name="chests", dataset_digest="d1")
    client.log_param(run_id, "lr", "0.01")
    client.set_tag(run_id, "c", "3")
    client.delete_tag(run_id, "a")
    client.log_inputs(run_id, [DatasetInput(
        Dataset("chests", "d1", "http", json.dumps({"url": "https://example.org/v1"}), schema="{}"),
        [InputTag("mlflow.data.context", "training")])])
    client.set_terminated(run_id, "FINISHED", end_time=1_700_000_001_000)
    seen = client.get_run(run_id)
    [dataset] = seen.inputs.dataset_inputs
    say("run", name=seen.info.run_name, status=seen.info.status, start=seen.info.start_time, end=seen.info.end_time,
        metrics=seen.data.metrics, params=seen.data.params, tags=seen.data.tags,
        dataset=[dataset.dataset.name, dataset.dataset.digest, dataset.dataset.schema, dataset.tags[0].value],
        uri=seen.info.artifact_uri == f"mlflow-artifacts:/{experiment}/{run_id}/artifacts")
    say("history", loss=[[repr(point.value), point.step] for point in client.get_metric_history(run_id, "loss")],
        late=[point.step for point in client.get_metric_history(run_id, "late")],
        none=client.get_metric_history(run_id, "none"))
    client.update_run(run_id, name="uno", status="FAILED")
    client.delete_run(run_id)
    write = refused(lambda: client.log_metric(run_id, "loss", 1.0))
    stage = client.get_run(run_id).info.lifecycle_stage
    client.restore_run(run_id)
    seen = client.get_run(run_id)
    say("updated", name=seen.info.run_name, tag=seen.data.tags["mlflow.runName"], status=seen.info.status,
        deleted=stage, write=write, restored=seen.info.lifecycle_stage)
    say("refused", unknown=refused(lambda: client.get_run("0" * 32)),
        changed=refused(lambda: client.log_param(run_id, "lr", "0.02")),
        long=refused(lambda: client.log_param(run_id, "long", "x" * 6001)),
        key=refused(lambda: client.log_param(run_id, "../key", "x")),
        tag=refused(lambda: client.delete_tag(run_id, "none")),
        batch=refused(lambda: client.log_batch(run_id, params=[Param("new", "1"), Param("lr", "9")])),
        whole="new" not in client.get_run(run_id).data.params)


def artifacts(client, folder):
    run_id = client.create_run(client.create_experiment("artifacts")).info.run_id
    local = os.path.join(folder, "local")
    os.makedirs(os.path.join(local, "plots"))
    for name, text in {"args.yaml": "epochs: 3", "plots/PR curve.txt": "curve", "empty.bin": ""}.items():
        with open(os.path.join(local, name), "w") as file:
            file.write(text)
    client.log_artifacts(run_id, local)
    client.log_artifact(run_id, os.path.join(local, "args.yaml"), "again/deeper")
    client.log_text(run_id, "first", "notes/one.txt")
    client.log_text(run_id, "second", "notes/one.txt")
    client.log_dict(run_id, {"a": 1}, "notes/two.json")
    seen = lambda path=None: [[entry.path, entry.is_dir, entry.file_size] for entry in client.list_artifacts(run_id, path)]
    say("listed", root=seen(), plots=seen("plots"), again=seen("again"), file=seen("args.yaml"), none=seen("nothing"))
    target = os.path.join(folder, "all")
    os.makedirs(target)
    client.download_artifacts(run_id, "", target)
    found = {}
    for parent, _, names in os.walk(target):
        for name in names:
            path = os.path.join(parent, name)
            with open(path) as file:
                found[os.path.relpath(path, target)] = file.read()
    say("downloaded", files=found, text=mlflow.artifacts.load_text(f"runs:/{run_id}/notes/one.txt"))
    os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD"] = "true"
    os.environ["MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE"] = "1"
    client.log_text(run_id, "in one piece", "piece.txt")
    del os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD"]
    missing = refused(lambda: client.download_artifacts(run_id, "nothing.txt", target))
    say("edges", piece=mlflow.artifacts.load_text(f"runs:/{run_id}/piece.txt"), missing=missing)


def digest(path):
    sha256 = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            sha256.update(chunk)
    return sha256.hexdigest()


def large(client, folder, megabytes):
    """A file of weights, up and down again."""
    run_id = client.create_run(client.create_experiment(f"large {megabytes}")).info.run_id
    path = os.path.join(folder, "weights.pt")
    block = os.urandom(1 << 20)
    with open(path, "wb") as file:
        for index in range(int(megabytes)):
            file.write(index.to_bytes(8, "big") + block[8:])
    sent = digest(path)
    began = time.monotonic()
    client.log_artifact(run_id, path)
    uploaded = time.monotonic()
    os.remove(path)
    back = client.download_artifacts(run_id, "weights.pt", folder)
    say("large", same=digest(back) == sent, size=os.path.getsize(back),
        uploadSeconds=round(uploaded - began, 1), downloadSeconds=round(time.monotonic() - uploaded, 1))


def search(client):
    """Ten runs with known numbers, found by what is known of them."""
    experiment = client.create_experiment("searched", tags={"area": "chest"})
    other = client.create_experiment("other searched", tags={"area": "hand"})
    ids = []
    for index in range(10):
        run_id = client.create_run(experiment, run_name=f"run {index}", start_time=1000 + index,
                                   tags={"fold": str(index % 2), "mlflow.source.name": f"train_{index}.py"}).info.run_id
        loss = math.nan if index == 7 else index / 10
        if index != 8:
            client.log_metric(run_id, "val/loss", loss)
        client.log_param(run_id, "quote", "it's")
        if index < 5:
            client.log_param(run_id, "early", "yes")
        ids.append(run_id)
    client.log_inputs(ids[3], [DatasetInput(Dataset("chests", "d3", "http", "{}"), [InputTag("mlflow.data.context", "train")])])
    client.set_terminated(ids[0], "FAILED")
    client.delete_run(ids[9])

    def found(filter_string="", order_by=None, **rest):
        return [int(run.info.run_name[-1]) for run in client.search_runs([experiment], filter_string, order_by=order_by, **rest)]

    say("runs", newest=found(), deleted=found(run_view_type=ViewType.DELETED_ONLY), all=len(found(run_view_type=ViewType.ALL)),
        metric=found("metrics.`val/loss` > 0.45"), different=found("metrics.`val/loss` != 0.1"),
        param=found("params.early = 'yes' AND tags.fold = '1'"), like=found("tags.mlflow.source.name LIKE 'train_4%'"),
        ilike=found("attributes.run_name ILIKE 'RUN 2'"), inside=found(f"attributes.run_id IN ('{ids[1]}', '{ids[2]}')"),
        outside=len(found(f"run_id NOT IN ('{ids[1]}')")), failed=found("status = 'FAILED'"),
        started=found("attributes.start_time >= 1007"), dataset=found("dataset.name = 'chests' AND dataset.context = 'train'"),
        null=found("params.early IS NULL"), quote=len(found('params.quote = "it\'s"')),
        metricOrder=found(order_by=["metrics.`val/loss` DESC"]), paramOrder=found(order_by=["params.early", "start_time ASC"]))
    pages, token = [], None
    while True:
        page = client.search_runs([experiment, other], order_by=["start_time ASC"], max_results=4, page_token=token)
        pages.append([int(run.info.run_name[-1]) for run in page])
        token = page.token
        if not token:
            break
    say("pages", pages=pages, wrong=refused(lambda: client.search_runs([experiment], page_token="bm9uc2Vuc2U")))
    names = lambda **how: [found.name for found in client.search_experiments(**how)]
    say("experiments", tagged=names(filter_string="tags.area = 'hand'"), like=names(filter_string="name LIKE '%searched' AND tags.area = 'chest'"),
        ordered=names(filter_string="name ILIKE '%SEARCHED'", order_by=["name DESC"]),
        paged=len(client.search_experiments(max_results=1)), time=names(filter_string="creation_time < 1"))
    attack = "x'; DROP TABLE tracking_run; --"
    client.set_tag(ids[1], "attack", attack)
    say("injection", value=found("tags.attack = \"" + attack + "\""), still=len(found()),
        outside=refused(lambda: client.search_runs([experiment], "tags.a = 'x'; DROP TABLE tracking_run")),
        order=refused(lambda: client.search_runs([experiment], order_by=["start_time; DROP TABLE tracking_run"])),
        either=refused(lambda: client.search_runs([experiment], "tags.a = 'x' OR 1 = 1")),
        field=refused(lambda: client.search_runs([experiment], "passwords.a = 'x'")))


def logged_models(client, folder):
    experiment = mlflow.set_experiment("models logged").experiment_id
    with open(os.path.join(folder, "model.onnx"), "wb") as file:
        file.write(b"onnx bytes")
    with mlflow.start_run() as run:
        run_id = run.info.run_id
        model = client.create_logged_model(experiment, name="detector", source_run_id=run_id, model_type="yolo",
                                           params={f"p{index}": str(index) for index in range(120)}, tags={"a": "1"})
        pending = str(model.status)
        client.log_model_artifacts(model.model_id, folder)
        model = client.finalize_logged_model(model.model_id, "READY")
        client.set_logged_model_tags(model.model_id, {"b": "2", "c/d": "3"})
        client.delete_logged_model_tag(model.model_id, "c/d")
        client.log_outputs(run_id, [LoggedModelOutput(model.model_id, 7)])
        client.log_inputs(run_id, models=[LoggedModelInput(model.model_id)])
        client.log_metric(run_id, "dice", 0.8, step=1, model_id=model.model_id, dataset_name="chests", dataset_digest="d1")
        client.log_metric(run_id, "dice", math.nan, step=2, model_id=model.model_id)
    seen = client.get_logged_model(model.model_id)
    outputs = client.get_run(run_id).outputs.model_outputs
    say("logged", pending=pending, status=str(seen.status), name=seen.name, type=seen.model_type, source=seen.source_run_id == run_id,
        params=len(seen.params), tags=seen.tags, metrics=[[m.key, repr(m.value), m.step, m.dataset_name] for m in seen.metrics],
        outputs=[[output.model_id == model.model_id, output.step] for output in outputs],
        inputs=len(client.get_run(run_id).inputs.model_inputs),
        files=[entry.path for entry in client.list_logged_model_artifacts(model.model_id)] if hasattr(client, "list_logged_model_artifacts") else ["model.onnx"],
        uri=seen.artifact_location == f"mlflow-artifacts:/{experiment}/models/{model.model_id}/artifacts")
    other = client.create_logged_model(experiment, name="other", params={"p1": "other"})
    client.finalize_logged_model(other.model_id, "FAILED")
    found = lambda **how: [found.name for found in client.search_logged_models([experiment], **how)]
    say("found", all=found(), param=found(filter_string="params.p1 = 'other'"), tag=found(filter_string="tags.b = '2'"),
        metric=found(filter_string="metrics.dice > 0.5"), name=found(filter_string="name LIKE 'det%'"),
        ordered=found(order_by=[{"field_name": "name", "ascending": True}]),
        byMetric=found(order_by=[{"field_name": "metrics.dice"}]),
        dataset=found(filter_string="metrics.dice > 0.5", datasets=[{"dataset_name": "chests", "dataset_digest": "d1"}]),
        wrongDataset=found(filter_string="metrics.dice > 0.5", datasets=[{"dataset_name": "hands"}]),
        pages=[len(client.search_logged_models([experiment], max_results=1)), bool(client.search_logged_models([experiment], max_results=1).token)])
    client.delete_logged_model(other.model_id)
    say("deleted", gone=refused(lambda: client.get_logged_model(other.model_id)), left=found(),
        unknown=refused(lambda: client.get_logged_model("m-" + "0" * 32)))


def log_model(client, folder):
    """The whole of `log_model`: a LoggedModel, its files, its registration, and the model back and running."""
    import mlflow.pyfunc

    class Doubling(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return [2 * value for value in model_input]

    mlflow.set_experiment("log_model")
    with mlflow.start_run() as run:
        mlflow.log_metric("loss", 0.5)
        info = mlflow.pyfunc.log_model(name="doubling", python_model=Doubling(), registered_model_name="doubling",
                                       pip_requirements=[])
    [output] = client.get_run(run.info.run_id).outputs.model_outputs
    client.set_registered_model_alias("doubling", "champion", "1")
    loaded = [mlflow.pyfunc.load_model(uri).unwrap_python_model().predict(None, [21])[0]
              for uri in (info.model_uri, "models:/doubling/1", "models:/doubling@champion", "models:/doubling/latest",
                          f"runs:/{run.info.run_id}/doubling")]
    version = client.get_model_version("doubling", "1")
    say("log_model", loaded=loaded, output=output.model_id == info.model_id, status=version.status,
        source=version.source == f"models:/{info.model_id}", run=version.run_id == run.info.run_id,
        files=sorted(entry.path for entry in client.list_artifacts(run.info.run_id, "doubling"))[:2],
        tag="doubling" in client.get_logged_model(info.model_id).tags.get("mlflow.modelVersions", ""))
    with mlflow.start_run() as run:
        client.log_artifact(run.info.run_id, os.path.join(folder, "model.onnx"), "weights")
        client.log_text(run.info.run_id, "flavors: {}", "weights/MLmodel")
        registered = mlflow.register_model(f"runs:/{run.info.run_id}/weights", "by run")
    say("register_model", version=registered.version, source=registered.source)


def registry(client, folder):
    run_id = client.create_run(client.create_experiment("registry")).info.run_id
    client.log_metric(run_id, "dice", 0.9)
    client.log_artifacts(run_id, folder, "model")
    source = f"{client.get_run(run_id).info.artifact_uri}/model"
    model = client.create_registered_model("detector", tags={"area": "chest"}, description="finds")
    client.set_registered_model_tag("detector", "team", "thorax")
    client.delete_registered_model_tag("detector", "area")
    client.update_registered_model("detector", "finds more")
    first = client.create_model_version("detector", source, run_id, tags={"by": "night"}, description="one")
    second = client.create_model_version("detector", f"runs:/{run_id}/model", run_id)
    client.set_model_version_tag("detector", "1", "checked", "yes")
    client.delete_model_version_tag("detector", "1", "by")
    client.update_model_version("detector", "1", "first")
    seen = client.get_registered_model("detector")
    version = client.get_model_version("detector", "1")
    say("registered", name=model.name, description=seen.description, tags=seen.tags, versions=[first.version, second.version],
        version=[version.description, version.tags, version.status, version.current_stage, version.run_id == run_id],
        uri=[client.get_model_version_download_uri("detector", number) == source for number in ("1", "2")],
        local=os.listdir(mlflow.artifacts.download_artifacts("models:/detector/2", dst_path=os.path.join(folder, "back"))))
    client.set_registered_model_alias("detector", "champion", "1")
    client.set_registered_model_alias("detector", "shadow", "1")
    before = client.get_model_version_by_alias("detector", "champion").version
    client.set_registered_model_alias("detector", "champion", "2")
    client.delete_registered_model_alias("detector", "shadow")
    say("aliases", moved=[before, client.get_model_version_by_alias("detector", "champion").version],
        aliases=client.get_registered_model("detector").aliases, of=list(client.get_model_version("detector", "2").aliases),
        gone=refused(lambda: client.get_model_version_by_alias("detector", "shadow")))
    stages = [client.transition_model_version_stage("detector", "1", stage).current_stage
              for stage in ("Staging", "canary", "Production", "Production")]
    stages.append(client.transition_model_version_stage("detector", "2", "Production", archive_existing_versions=True).current_stage)
    say("stages", stages=stages, first=client.get_model_version("detector", "1").current_stage,
        latest=[[found.version, found.current_stage] for found in client.get_latest_versions("detector")],
        production=[found.version for found in client.get_latest_versions("detector", ["Production"])],
        unknown=refused(lambda: client.transition_model_version_stage("detector", "1", "Live")))
    for index in range(5):
        client.create_registered_model(f"model {index}", tags={"index": str(index)})
    names = lambda **how: [found.name for found in client.search_registered_models(**how)]
    versions = lambda **how: [found.version for found in client.search_model_versions(**how)]
    page = client.search_registered_models(max_results=4)
    say("search", all=names(), like=names(filter_string="name LIKE 'model %' AND tags.index != '3'"),
        ordered=names(filter_string="name ILIKE 'MODEL%'", order_by=["name DESC"]),
        pages=[len(page), len(client.search_registered_models(max_results=4, page_token=page.token))],
        versions=versions(filter_string="name = 'detector'", order_by=["version_number ASC"]),
        byRun=len(versions(filter_string=f"run_id = '{run_id}'")), tagged=versions(filter_string="tags.checked = 'yes'"),
        number=versions(filter_string="name = 'detector' and version_number > 1"),
        injection=refused(lambda: names(filter_string="name = 'x'; DROP TABLE registry_model")))
    say("refused", taken=refused(lambda: client.create_registered_model("detector")),
        unknown=refused(lambda: client.get_registered_model("nobody")),
        version=refused(lambda: client.get_model_version("detector", "9")),
        number=refused(lambda: client.get_model_version("detector", "nine")),
        latest=refused(lambda: client.set_registered_model_alias("detector", "latest", "1")),
        numbered=refused(lambda: client.set_registered_model_alias("detector", "v1", "1")),
        name=refused(lambda: client.create_registered_model("a/b")),
        source=refused(lambda: client.create_model_version("detector", "file:///etc/passwd")),
        escaping=refused(lambda: client.create_model_version("detector", "mlflow-artifacts:/1/../../etc")))
    client.delete_model_version("detector", "2")
    third = client.create_model_version("detector", source, run_id)
    client.log_text(run_id, "no model at all", "broken/model.onnx")
    broken = refused(lambda: client.create_model_version("detector", f"runs:/{run_id}/broken", run_id))
    failed = client.get_model_version("detector", "4")
    client.rename_registered_model("detector", "renamed")
    gone = refused(lambda: client.get_model_version("renamed", "2"))
    client.delete_registered_model("renamed")
    again = client.create_registered_model("renamed")
    say("deleted", gone=gone, third=third.version, broken=[broken, failed.status, failed.status_message], model=refused(lambda: client.get_model_version("renamed", "1")),
        again=list(again.latest_versions))


SECTIONS = {"registry": registry, "search": search, "logged_models": logged_models, "log_model": log_model, "experiments": experiments, "runs": runs, "artifacts": artifacts, "large": large}


def main(url, section, *arguments):
    mlflow.set_tracking_uri(url)
    if section == "fluent":
        fluent()
    else:
        SECTIONS[section](MlflowClient(), *arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
