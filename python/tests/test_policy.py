"""The policy protocol: the base class alone, and beside the real program with the schema."""
import io
import json
import os
import sys

import pytest

import gensemcom
from conftest import QUICK, ROOT

QUESTION = {
    "id": 1, "version": 2, "snr": 3.0, "capacity": 1e6, "latencyBudget": 0.03, "budgetBits": 250, "alphaMax": 0.8,
    "alphas": [0.9, 0.5, 0.1], "bits": [[50, 100, 200], [150, 300, 500]], "gvif": [[0.1, 0.2, 0.3], [0.25, 0.5, 0.7]],
    "promptOnlyBits": 20, "transmitter": "tx", "image": 0, "lowestRate": 1, "news": "of a later testbed",
}


def serve(policy, *messages):
    answers = io.StringIO()
    policy.serve(io.StringIO("".join(json.dumps(message) + "\n" for message in messages)), answers)
    return [json.loads(line) for line in answers.getvalue().splitlines()]


class Fixed(gensemcom.Policy):
    answer = (0.5, 1)

    def decide(self, question):
        print("whatever it prints is no answer")
        return self.answer


class Learning(Fixed):
    def __init__(self):
        self.heard, self.ended = [], False

    def learn(self, outcome, question):
        self.heard.append((outcome, question))

    def end(self):
        self.ended = True


def test_a_question_knows_its_best_setting():
    question = gensemcom.policy._read(gensemcom.Question, QUESTION)
    assert question.best() == gensemcom.Setting(0.1, 1, 200, 0.3)
    assert question.best(350) == gensemcom.Setting(0.5, 2, 300, 0.5)
    assert question.best(10)[:2] == (2.0, 1)
    assert len(list(question.settings())) == 6 and question.more == {"news": "of a later testbed"}
    question.lowestRate = 2
    assert question.best()[:2] == (2.0, 1), "0.9 is above alphaMax"


@pytest.mark.parametrize("decided, alpha, rate", [
    ((0.5, 1), 0.5, 1), (gensemcom.Setting(0.25, 2), 0.25, 2), (None, 2.0, 1)])
def test_answers(decided, alpha, rate):
    policy = Fixed()
    policy.answer = decided
    assert serve(policy, QUESTION, {"of": "a later protocol"}) == [{"alpha": alpha, "rate": rate, "id": 1}]


def test_outcomes_come_to_those_who_learn():
    policy = Learning()
    outcome = {"id": 1, "transmitter": "tx", "image": 0, "awaited": 0, "verdict": "partial", "gvif": 0.2,
               "budgetBits": 250}
    again = {**QUESTION, "id": 2}
    answers = serve(
        policy, QUESTION, {"outcome": {**outcome, "awaited": 1}}, {"outcome": outcome}, {"outcome": outcome}, again)
    assert [answer["outcomes"] for answer in answers] == [True, True] and policy.ended
    assert [heard.awaited for heard, _ in policy.heard] == [1, 0], "the third is of a question that is done with"
    assert policy.heard[0][1].id == 1 and policy.heard[0][0].verdict == "partial"


def test_an_image_asked_about_again_is_the_later_questions():
    policy = Learning()
    outcome = {"transmitter": "tx", "image": 0, "verdict": "complete", "gvif": 0.2, "budgetBits": 250}
    serve(policy, QUESTION, {**QUESTION, "id": 2}, {"outcome": {**outcome, "id": 1}}, {"outcome": {**outcome, "id": 2}})
    assert [question.id for _, question in policy.heard] == [2]


def test_the_last_word_of_a_failing_policy_names_it(capsys):
    class Broken(gensemcom.Policy):
        def decide(self, question):
            return 1 / 0

    with pytest.raises(SystemExit) as caught:
        serve(Broken(), QUESTION)
    last = capsys.readouterr().err.splitlines()[-1]
    assert caught.value.code == 1 \
        and last.startswith("Broken: ZeroDivisionError: division by zero (test_policy.py, line ")


def test_a_policy_without_a_rule_says_so(capsys):
    with pytest.raises(SystemExit):
        serve(gensemcom.Policy(), QUESTION)
    assert "has no decide(question)" in capsys.readouterr().err.splitlines()[-1]


RECORDER = """#!{python}
import sys
sys.path.insert(0, {package!r})
import gensemcom

class Log:
    def __init__(self, stream, path): self.stream, self.file = stream, open(path, "w")
    def write(self, text): self.file.write(text); self.stream.write(text)
    def flush(self): self.file.flush(); self.stream.flush()
    def __iter__(self):
        for line in self.stream:
            self.file.write(line); self.file.flush()
            yield line

class Recorder(gensemcom.Policy):
    def decide(self, question): return question.best(0.9 * question.budgetBits)
    def learn(self, outcome, question): print(outcome.verdict, file=heard, flush=True)
    def end(self): print("end", file=heard, flush=True)

heard = open({folder!r} + "/heard", "w")
Recorder().serve(Log(sys.stdin, {folder!r} + "/in"), Log(sys.stdout, {folder!r} + "/out"))
"""


@pytest.fixture(scope="module", params=[True, False], ids=["virtual", "sockets"])
def conversation(request, binary, topology, tmp_path_factory):
    folder = tmp_path_factory.mktemp("policy")
    script = folder / "policy"
    script.write_text(
        RECORDER.format(python=sys.executable, package=os.path.join(ROOT, "python"), folder=str(folder)),
        encoding="utf-8")
    script.chmod(0o755)
    settings = {
        **QUICK, "scheme.policy": "external", "scheme.policyCommand": [str(script)], "scheme.policyTimeLimit": "20 s",
        "scheme.policyPSNR": True, "scheme.layout": "auto", "scheme.minimumMaskPSNR": "20 dB"}
    run = gensemcom.run(topology, set=settings, virtual=request.param, output=folder / "run", binary=binary)
    lines = [json.loads(line) for line in (folder / "in").read_text(encoding="utf-8").splitlines()]
    answers = [json.loads(line) for line in (folder / "out").read_text(encoding="utf-8").splitlines()]
    return run, lines, answers, (folder / "heard").read_text().split()


def test_what_is_said_keeps_the_schema(conversation):
    jsonschema = pytest.importorskip("jsonschema")
    _, lines, answers, _ = conversation
    with open(os.path.join(ROOT, "Documentation", "policy-protocol.schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)

    def part(name):
        return jsonschema.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": schema["$defs"]})

    for line in lines:
        part("outcomeLine" if "outcome" in line else "question").validate(line)
    for answer in answers:
        part("answer").validate(answer)
    questions = [line for line in lines if "alphas" in line]
    assert len(answers) == len(questions) >= 2
    assert not part("question").is_valid({**questions[0], "nonsense": 1}), "the schema would take anything"
    assert not part("outcome").is_valid(questions[0])


def test_questions_and_outcomes_are_those_of_the_record(conversation):
    run, lines, _, heard = conversation
    rows = run.images if isinstance(run.images, list) else run.images.to_dict("records")
    outcomes = {line["outcome"]["image"]: line["outcome"] for line in lines if "outcome" in line}
    assert sorted(outcomes) == [0, 1] and heard[-1] == "end" and len(heard) == 3
    for row in rows:
        outcome = outcomes[row["image"]]
        question = next(line for line in lines if line.get("id") == outcome["id"])
        assert outcome["gvif"] == row["gvif"] and outcome["bits"] == row["total_bits"]
        assert outcome["verdict"] == row["status"] == "complete" and abs(outcome["psnr"] - row["psnr_db"]) < 1e-6
        assert outcome["budgetBits"] == row["budget_bits"] and abs(outcome["airTime"] - row["air_time_s"]) < 1e-6
        assert question["photo"] == row["photo"] and question["caption"] == row["prompt"]
        assert question["link"] == row["link"] and question["label"] == row["label"]
        assert (question["width"], question["height"]) == (row["width_px"], row["height_px"])
        assert question["layoutBytes"] * 8 >= row["layout_bits"] and question["minimumMaskPSNR"] == 20
        assert abs(question["snr"] - row["snr_db"]) < 1e-6 and question["budgetBits"] < row["budget_bits"]


def test_a_policy_that_breaks_ends_the_run_with_its_words(binary, topology, tmp_path):
    script = tmp_path / "policy"
    script.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {os.path.join(ROOT, 'python')!r})\nimport gensemcom\n"
        "class Mine(gensemcom.Policy):\n    def decide(self, question): return question.nonsense\nMine().serve()\n",
        encoding="utf-8")
    script.chmod(0o755)
    settings = {**QUICK, "scheme.policy": "external", "scheme.policyCommand": [str(script)],
                "scheme.policyTimeLimit": "20 s"}
    with pytest.raises(gensemcom.TestbedError, match="Mine: AttributeError: .*nonsense"):
        gensemcom.run(topology, set=settings, output=tmp_path / "run", binary=binary)


def test_the_example_learns(binary, tmp_path):
    """It is short, runs from its topology, and comes to prefer what pays over what it tried at first."""
    example = os.path.join(ROOT, "python", "examples", "learning_policy.py")
    with open(example, encoding="utf-8") as file:
        assert len(file.read().splitlines()) <= 60
    run = gensemcom.run(
        os.path.join(ROOT, "Topologies", "learning-policy.yaml"),
        set={"images.count": 40, "images.longestSide": 128}, output=tmp_path / "run", binary=binary)
    decided = run.decisions if isinstance(run.decisions, list) else run.decisions.to_dict("records")
    shares = {round(row["predicted_bits"] / row["budget_bits"], 1) for row in decided if row["budget_bits"]}
    assert len(decided) == 40 and len(shares) >= 3 and {row["policy"] for row in decided} == {"external"}


TWO_RECEIVERS = """
images: {{folder: {photos}, count: 3, longestSide: 128}}
nodes:
  camera: {{role: transmitter}}
  air: {{role: channel}}
  near: {{role: receiver}}
  far: {{role: receiver}}
links:
  up: {{from: camera, through: air, to: [near, far], bandwidth: {bandwidth}, snr: 12 dB}}
scheme: {{policy: external, policyCommand: [{script}], policyTimeLimit: 20 s, budget: {budget}}}
{more}
"""


def talk(binary, folder, more="", budget="30 ms", bandwidth="1 MHz"):
    script = folder / "policy"
    script.write_text(
        RECORDER.format(python=sys.executable, package=os.path.join(ROOT, "python"), folder=str(folder)),
        encoding="utf-8")
    script.chmod(0o755)
    path = folder / "two.yaml"
    photos = os.path.join(ROOT, "Topologies", "Photos")
    path.write_text(
        TWO_RECEIVERS.format(photos=photos, script=script, more=more, budget=budget, bandwidth=bandwidth),
        encoding="utf-8")
    gensemcom.run(path, output=folder / "run", binary=binary, check=False)
    lines = [json.loads(line) for line in (folder / "in").read_text(encoding="utf-8").splitlines()]
    return [line["outcome"] for line in lines if "outcome" in line]


def test_each_receiver_tells_its_outcome(binary, tmp_path):
    outcomes = talk(binary, tmp_path)
    for image in range(3):
        told = [outcome for outcome in outcomes if outcome["image"] == image]
        assert [outcome["awaited"] for outcome in told] == [1, 0]
        assert sorted(outcome["receiver"] for outcome in told) == ["far", "near"]
        assert len({outcome["id"] for outcome in told}) == 1


def test_an_image_whose_end_nobody_told_failed(binary, tmp_path):
    """Both receivers go while the first photo is on the air for seconds."""
    slow = "events: [{at: 3 s, leave: near}, {at: 3 s, leave: far}]"
    outcomes = talk(binary, tmp_path, slow, budget="10 s", bandwidth="1 kHz")
    told = [outcome for outcome in outcomes if outcome["image"] == 0]
    assert [outcome["verdict"] for outcome in told] == ["failed"] and "receiver" not in told[0]
    assert told[0]["awaited"] == 0 and told[0]["gvif"] == 0 and "left" in told[0]["reason"]
