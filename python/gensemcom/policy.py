"""Policies of your own: the protocol of ``policy: external`` with loop, flushing and errors done.

::

    import gensemcom

    class Cautious(gensemcom.Policy):
        def decide(self, question):
            return question.best(0.8 * question.budgetBits)

    Cautious().serve()

In a topology: ``scheme: {policy: external, policyCommand: [./cautious.py]}``.
"""
from __future__ import annotations

import dataclasses
import json
import os
import sys
import traceback
from typing import IO, Any, Dict, Iterator, List, NamedTuple, Optional, Tuple, Type, TypeVar, Union

Message = TypeVar("Message", "Question", "Outcome")


class Setting(NamedTuple):
    """(α, Φ), with what it costs and is worth."""

    #: Threshold: cells with I ≥ α go; above 1 the prompt goes alone.
    alpha: float
    #: Rate Φ, from 1, the lowest.
    rate: int
    #: Bits it takes.
    bits: int = 0
    #: GVIF it is worth, 0 to 1.
    gvif: float = 0.0


#: Header and prompt alone.
PROMPT_ONLY = Setting(2.0, 1)


def _read(kind: Type[Message], fields: Dict[str, Any]) -> Message:
    known = {field.name for field in dataclasses.fields(kind)} - {"more"}
    values = {key: value for key, value in fields.items() if key in known}
    return kind(**values, more={key: value for key, value in fields.items() if key not in known})


@dataclasses.dataclass
class Question:
    """One image to decide on. The names are the protocol's (Documentation/policy-protocol.schema.json)."""

    #: Number of the question; outcomes repeat it.
    id: int = 0
    version: int = 1
    #: Receive SNR believed in, dB.
    snr: float = 0.0
    #: Capacity believed in, bit/s.
    capacity: float = 0.0
    #: T_max, s.
    latencyBudget: float = 0.0
    #: Bits that may go on the air.
    budgetBits: int = 0
    #: Largest threshold, α_th.
    alphaMax: float = 1.0
    #: Falling thresholds.
    alphas: List[float] = dataclasses.field(default_factory=list)
    #: ``bits[p][s]``: bits of rate p + 1 at ``alphas[s]``.
    bits: List[List[int]] = dataclasses.field(default_factory=list)
    #: ``gvif[p][s]``: GVIF, likewise.
    gvif: List[List[float]] = dataclasses.field(default_factory=list)
    #: Bits of header and prompt alone.
    promptOnlyBits: int = 0
    #: Mask PSNR in dB that each rate promises, where ``minimumMaskPSNR`` has it measured.
    quality: Optional[List[float]] = None
    #: ``cells`` (how many), ``mean`` and ``quartiles`` of the importance, 0 to 1.
    importance: Optional[Dict[str, Any]] = None
    transmitter: str = ""
    #: The image's number at its transmitter, from 0.
    image: int = 0
    #: The photo's path.
    photo: str = ""
    #: The link whose state is believed.
    link: str = ""
    #: Seconds since the start of the run.
    time: float = 0.0
    #: Seconds since the beginning of the block whose report the belief rests on.
    stateAge: float = 0.0
    #: Lowest rate that may be chosen.
    lowestRate: int = 1
    #: Least mask PSNR asked for, dB.
    minimumMaskPSNR: Optional[float] = None
    #: The class whose map made the importance, and the caption that would go.
    label: str = ""
    caption: str = ""
    #: Pixels.
    width: int = 0
    height: int = 0
    #: Bytes the layout takes, already taken off ``budgetBits``.
    layoutBytes: Optional[int] = None
    #: What a later testbed says beside it.
    more: Dict[str, Any] = dataclasses.field(default_factory=dict, repr=False)

    def settings(self) -> Iterator[Setting]:
        """Every (α, Φ) of the table with its bits and GVIF."""
        for index, (bits, values) in enumerate(zip(self.bits, self.gvif)):
            for alpha, cost, value in zip(self.alphas, bits, values):
                yield Setting(alpha, index + 1, cost, value)

    def best(self, budget: Optional[float] = None) -> Setting:
        """The most GVIF within a budget in bits (``budgetBits`` where absent), α_th and the lowest rate.

        Where nothing fits, the prompt alone.
        """
        most = self.budgetBits if budget is None else budget
        fits = [s for s in self.settings() if s.bits <= most and s.alpha <= self.alphaMax and s.rate >= self.lowestRate]
        return max(fits, key=lambda s: (s.gvif, s.alpha, s.rate), default=PROMPT_ONLY)


@dataclasses.dataclass
class Outcome:
    """What became of an image; one for each receiver."""

    #: Number of the question about it.
    id: int = 0
    transmitter: str = ""
    image: int = 0
    photo: str = ""
    link: str = ""
    #: Who tells it; ``None`` where nobody did (``failed``).
    receiver: Optional[str] = None
    #: Receivers that are still to tell theirs.
    awaited: int = 0
    #: Seconds since the start of the run.
    time: float = 0.0
    #: ``complete``, ``partial``, ``expired``, ``lost``, ``undecodable`` or ``failed``.
    verdict: str = ""
    #: One line where it is not ``complete``.
    reason: Optional[str] = None
    #: (α, Φ) in force: α is raised where real bits exceed the budget.
    alpha: Optional[float] = None
    rate: Optional[int] = None
    #: Payload bits that left, the budget, and those that arrived in time.
    bits: Optional[int] = None
    budgetBits: int = 0
    receivedBits: Optional[int] = None
    #: GVIF of what arrived, 0 to 1.
    gvif: float = 0.0
    #: Of the whole picture, dB; only with ``policyPSNR: yes``.
    psnr: Optional[float] = None
    #: Seconds on the air, and how far past T_max: negative where time was left. ``None`` where nothing came.
    airTime: Optional[float] = None
    lateness: Optional[float] = None
    #: What a later testbed says beside it.
    more: Dict[str, Any] = dataclasses.field(default_factory=dict, repr=False)


class Policy:
    """A policy: override :meth:`decide`, and :meth:`learn` to hear what became of the images."""

    def decide(self, question: Question) -> Union[Setting, Tuple[float, int], None]:
        """(α, Φ) for one image: a :class:`Setting`, a pair ``(alpha, rate)``, or ``None`` for the prompt alone."""
        raise NotImplementedError(f"{type(self).__name__} has no decide(question)")

    def learn(self, outcome: Outcome, question: Question) -> None:
        """What became of an image, with the question it was about; comes only where a subclass overrides it."""

    def end(self) -> None:
        """The run is over; a learner may write down what it learnt. There is ``policyTimeLimit`` for it."""

    def serve(self, questions: Optional[IO[str]] = None, answers: Optional[IO[str]] = None) -> None:
        """Reads lines until the input ends, and answers each question at once.

        What the policy prints goes to standard error: standard output is for answers alone. An error ends the program
        with one line that says where it was, which the testbed repeats.
        """
        source = sys.stdin if questions is None else questions
        target = sys.stdout if answers is None else answers
        before = sys.stdout
        sys.stdout = sys.stderr
        try:
            self._serve(source, target)
        except KeyboardInterrupt:
            sys.exit(130)
        except BrokenPipeError:
            # The testbed is gone: nobody is to be told.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            sys.exit(1)
        except Exception as error:  # noqa: BLE001 the last word of the program, whatever it was
            traceback.print_exc(file=sys.stderr)
            place = traceback.extract_tb(error.__traceback__)[-1]
            print(
                f"{type(self).__name__}: {type(error).__name__}: {' '.join(str(error).split())} "
                f"({os.path.basename(place.filename)}, line {place.lineno})", file=sys.stderr, flush=True)
            sys.exit(1)
        finally:
            sys.stdout = before

    def _serve(self, source: IO[str], target: IO[str]) -> None:
        learns = type(self).learn is not Policy.learn
        asked: Dict[int, Question] = {}
        for line in source:
            message = json.loads(line)
            if "outcome" in message:
                outcome = _read(Outcome, message["outcome"])
                question = asked.get(outcome.id) if outcome.awaited else asked.pop(outcome.id, None)
                if question is not None:
                    self.learn(outcome, question)
            elif "alphas" in message:
                question = _read(Question, message)
                answer = self._answer(question)
                if learns:
                    # An image that was asked about again is decided by the later answer.
                    asked = {
                        number: known for number, known in asked.items()
                        if (known.transmitter, known.image) != (question.transmitter, question.image)}
                    asked[question.id] = question
                    answer["outcomes"] = True
                target.write(json.dumps(answer) + "\n")
                target.flush()
            # Lines of another kind are of a later protocol.
        self.end()

    def _answer(self, question: Question) -> Dict[str, Any]:
        decided = self.decide(question)
        alpha, rate = PROMPT_ONLY[:2] if decided is None else decided[:2]
        return {"alpha": float(alpha), "rate": int(rate), "id": question.id}
