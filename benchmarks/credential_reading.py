"""Credentials in text: quality on the labelled postings, speed beside flashtext in the same run.

Quality: `labels/credential_mentions.csv` names postings of the real files by the hash of their text, and what each asks
for; no text is kept. The unit is posting x credential, the strongest class of either side (required > preferred >
after_hire > mention). Spans are not compared. A line of its own counts the names that the lexicon lacks as well
(`unlisted_names`). Rules were written with two parts of the postings ("rules", "development"); the third ("test") only
measures. Intervals are Wilson's, 95 %.

Speed: the same texts and the same 5,000 forms (the lexicon's; made-up names where it has fewer) through flashtext, our
matcher (what flashtext does: phrases at word boundaries), our reader of credentials (sentences, headings, classes,
alternatives), and the whole reader (with education, experience and skills), interleaved, in CPU time of this process.

    python -m benchmarks.credential_reading [--half rules] [--strict] [--show] [--no-speed] [--json]

Needs the real files (`CURRENCY_REALDATA_DIR`, by default ../shared/data): without them it says so and measures nothing.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import json
import math
import os
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.harness import Bench, Figure, Skipped
from benchmarks.harness import run as run_command
from benchmarks.unlisted_names import Unlisted
from warehouse.paths import CHECKOUT

NAME, LIMIT = "credentials in real ads, figures below their bar", 0.0
LABELS = CHECKOUT / "benchmarks" / "labels" / "credential_mentions.csv"
REFERENCE = CHECKOUT / "dbt_project" / "seeds" / "reference"
CLASSES = ("mention", "after_hire", "preferred", "required")
FORMS = 5_000
ROUNDS = 3
AIMS = {"precision": 0.95, "recall": 0.90, "class accuracy": 0.85, "preferred recall": 0.80, "times flashtext": 4.0}


@dataclass(frozen=True)
class Posting:
    """A real posting: corpus, hash of the text as the file has it, title, plain text, text as the file has it."""

    corpus: str
    sha256: str
    title: str
    text: str
    raw: str = ""


@dataclass
class Tally:
    """Hits and misses of one corpus or of all."""

    both: int = 0
    extra: int = 0
    missed: int = 0
    right_class: int = 0
    preferred: int = 0
    preferred_found: int = 0
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)

    def rows(self) -> Iterator[tuple[str, int, int]]:
        """(measure, hits, of)."""
        yield "precision", self.both, self.both + self.extra
        yield "recall", self.both, self.both + self.missed
        yield "class accuracy", self.right_class, self.both
        yield "preferred recall", self.preferred_found, self.preferred


def wilson(hits: int, of: int) -> tuple[float, float]:
    """95 % interval of a share."""
    if not of:
        return 0.0, 1.0
    z = 1.959964
    p, n = hits / of, float(of)
    centre, spread = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (centre - spread) / (1 + z * z / n), (centre + spread) / (1 + z * z / n)


def measure(bench: Bench) -> Figure:
    """The half that only measures, and the speed, in a process of its own; the figure is how many bars are not met."""
    child = run_command([sys.executable, "-m", "benchmarks.credential_reading", "--json"], bench.environment)
    if not child.stdout.strip():
        raise Skipped("the real postings are not at hand")
    found = json.loads(child.stdout)
    reached = {name: figure["share"] for name, figure in found["all"].items()}
    reached["times flashtext"] = found["times flashtext"]["matcher"]
    missed = [name for name, aim in AIMS.items() if (share := reached[name]) is not None and share < aim]
    detail = {**reached, "missed": missed or "none", "cpu_seconds": child.cpu_seconds}
    return Figure(NAME, LIMIT, float(len(missed)), unit="figures", detail=detail, peak_bytes=child.peak_bytes)


# ---- the real files


def postings(folder: Path) -> Iterator[tuple[str, str, str]]:
    """(corpus, title, text as the file has it) of the labelled corpora."""
    import pyarrow.parquet as pq

    for row in pq.read_table(folder / "osf_jobads_2022_labelled" / "job_ads_dev_half.parquet").to_pylist():
        yield "osf", row["job_title"] or "", row["text"] or ""
    csv.field_size_limit(1 << 30)
    for path in sorted((folder / "indeed_boston_2022").glob("*.csv")):
        with path.open(encoding="utf-8", errors="replace") as file:
            for row in csv.DictReader(file):
                yield "indeed", row["Position"], row["Description"]
    for path in sorted((folder / "moblyze_energy_2026").glob("batch-*.json")):
        for row in json.loads(path.read_text("utf-8")):
            yield "moblyze", row["title"], row["description"]
    with gzip.open(folder / "nhs_jobs_uk_2020" / "nhs_jobs.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            yield "nhs", row["title"], row["description"]
    with gzip.open(
        folder / "reproductive_jobsboard_2020_2024" / "posts_latest_version.jsonl.gz", "rt", encoding="utf-8"
    ) as file:
        for line in file:
            yield "repro", "", json.loads(line)["markdown"]


def load(folder: Path, wanted: set[str] | None, limit: int = 0) -> list[Posting]:
    """Postings by hash, or the first `limit` of each corpus; text as landing leaves it."""
    from extractors.job_postings.cleaning import clean_text

    seen: set[str] = set()
    count: Counter[str] = Counter()
    out = []
    for corpus, title, text in postings(folder):
        if not isinstance(text, str) or (limit and count[corpus] >= limit):
            continue
        sha = hashlib.sha256(text.encode("utf-8")).hexdigest()
        if sha in seen or (wanted is not None and sha not in wanted):
            continue
        raw = text
        seen.add(sha)
        count[corpus] += 1
        front = re.match(r"\s*\+\+\+\n(.*?)\n\+\+\+\n?(.*)", text, re.DOTALL) if corpus == "repro" else None
        if front:
            named = re.search(r'^title = "(.*)"', front[1], re.MULTILINE)
            title, text = (named[1] if named else ""), front[2]
        out.append(Posting(corpus, sha, clean_text(title) or "", clean_text(text, multiline=True) or "", raw))
    return out


# ---- quality


def quality(
    reader: Any, half: str, folder: Path, show: bool, strict: bool
) -> tuple[dict[str, Tally], list[str], Unlisted]:
    """Compare with the labels: corpus -> tally ("all" first); what differs, in words without text; unlisted names."""
    gold: dict[str, dict[str, str]] = defaultdict(dict)
    doubtful: set[tuple[str, str]] = set()
    labels: list[dict[str, str]] = []
    with LABELS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["half"] != half:
                continue
            labels.append(row)
            sha, code = row["text_sha256"], row["credential_code"]
            mine = gold[sha]
            if row["is_doubtful"] == "true":
                doubtful.add((sha, code))
            if row["class"] != "none":
                mine[code] = max(mine.get(code, "mention"), row["class"], key=CLASSES.index)
    found = load(folder, set(gold))
    got = reader.read([p.title for p in found], [p.text for p in found])
    named = Unlisted()
    named.compare(found, got.unlisted.to_pylist(), labels, CLASSES, strict)
    read: dict[str, dict[str, str]] = defaultdict(dict)
    rule: dict[tuple[str, str], str] = {}
    for m in got.mentions.to_pylist():
        if m["is_negated"]:
            continue
        sha, code = found[m["row"]].sha256, m["credential_code"]
        best = max(read[sha].get(code, "mention"), m["requirement"], key=CLASSES.index)
        if code not in read[sha] or best != read[sha][code]:
            rule[sha, code] = m["cue"]
        read[sha][code] = best
    tallies: dict[str, Tally] = {"all": Tally()}
    said = []
    for p in found:
        for tally in (tallies["all"], tallies.setdefault(p.corpus, Tally())):
            for code in gold[p.sha256].keys() | read[p.sha256].keys():
                # A posting labelled "none" with doubt (blank code) says nothing about what is read there.
                if strict and not doubtful.isdisjoint({(p.sha256, code), (p.sha256, "")}):
                    continue
                want, have = gold[p.sha256].get(code), read[p.sha256].get(code)
                tally.confusion[want or "-", have or "-"] += 1
                tally.both += bool(want and have)
                tally.extra += not want
                tally.missed += not have
                tally.right_class += want == have
                tally.preferred += want == "preferred"
                tally.preferred_found += want == have == "preferred"
                if show and want != have and tally is tallies["all"]:
                    said.append(
                        f"{p.corpus} {p.sha256[:8]} {code}: labelled {want}, read {have} "
                        f"({rule.get((p.sha256, code), '')})"
                    )
    missing = len(gold) - len(found)
    if missing:
        said.append(f"{missing} labelled postings are not in the real files")
    return tallies, said, named


# ---- speed


def padded(forms: Sequence[str], count: int) -> list[str]:
    """The lexicon's forms and made-up names, `count` in all."""
    first = [
        "advanced",
        "applied",
        "certified",
        "chartered",
        "clinical",
        "commercial",
        "federal",
        "industrial",
        "licensed",
        "marine",
        "national",
        "registered",
        "state",
        "technical",
    ]
    second = [
        "acoustics",
        "bakery",
        "cabling",
        "dredging",
        "elevator",
        "fumigation",
        "glazing",
        "hydraulics",
        "irrigation",
        "joinery",
        "kiln",
        "lathe",
        "masonry",
        "nursery",
        "optics",
    ]
    third = [
        "analyst",
        "builder",
        "controller",
        "driller",
        "engineer",
        "fitter",
        "grader",
        "handler",
        "inspector",
        "judge",
        "keeper",
        "leader",
        "mender",
        "operator",
        "planner",
        "rigger",
    ]
    made = (f"{a} {b} {c}{d}" for d in ("", " two", " certificate") for a in first for b in second for c in third)
    out = list(dict.fromkeys(f.lower() for f in forms))[:count]
    while len(out) < count:
        out.append(next(made))
    return out


def speed(lexicon: Any, texts: Sequence[str]) -> dict[str, float]:
    """Megabytes of text per CPU-second and engine; best of the rounds, interleaved."""
    from flashtext import KeywordProcessor

    from extractors.posting_text.requirements import Credential, Form, Lexicon, RequirementReader
    from extractors.posting_text.requirements.matcher import CONTENT, Phrase, PhraseMatcher

    forms = padded([form.text for form in lexicon.forms], FORMS)
    peer = KeywordProcessor()
    for form in forms:
        peer.add_keyword(form)
    matcher = PhraseMatcher([Phrase(form, CONTENT) for form in forms])
    taken = set(forms)
    mine = [form for form in lexicon.forms if form.text.lower() in taken]
    known = {form.text.lower() for form in mine}
    more = Lexicon(
        [*lexicon.credentials, Credential("ZZZZZ999", "made up")],
        [*mine, *(Form(form, "ZZZZZ999") for form in forms if form not in known)],
    )
    reader = RequirementReader(more)
    narrow = RequirementReader(more, only_credentials=True)
    titles = [""] * len(texts)

    def afresh(reader: RequirementReader) -> None:
        """Sentences not known beforehand."""
        reader.forget()
        reader.read(titles, texts)

    engines: dict[str, Callable[[], object]] = {
        "flashtext": lambda: [peer.extract_keywords(text, span_info=True) for text in texts],
        "matcher": lambda: matcher.scan(texts),
        "credentials": lambda: afresh(narrow),
        "all requirements": lambda: afresh(reader),
        "sentences known": lambda: reader.read(titles, texts),
    }
    matcher.scan(texts[:1])
    size = sum(len(text.encode()) for text in texts) / 1e6
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, engine in engines.items():
            begun = time.process_time()
            engine()
            best[name] = max(best.get(name, 0.0), size / (time.process_time() - begun))
    return best


def main() -> int:
    """Measure and print; 1 when an aim is missed."""
    from extractors.posting_text.requirements import Lexicon, RequirementReader

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--half", default="test", choices=("test", "development", "rules"))
    parser.add_argument("--strict", action="store_true", help="leave out what the labeller doubted")
    parser.add_argument("--show", action="store_true", help="name each difference (hash and code, never text)")
    parser.add_argument("--no-speed", action="store_true", help="measure the quality only")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    folder = Path(os.environ.get("CURRENCY_REALDATA_DIR") or CHECKOUT.parent / "shared" / "data") / "postings"
    if not folder.exists():
        print(f"not measured: the real postings are not at hand ({folder})", file=sys.stderr)
        return 0
    lexicon = Lexicon.load(REFERENCE / "credential.csv", REFERENCE / "credential_form.csv")
    result: dict[str, Any] = {"forms": len(lexicon.forms), "credentials": len(lexicon.credentials)}
    failed = False
    if LABELS.exists():
        tallies, said, named = quality(RequirementReader(lexicon), options.half, folder, options.show, options.strict)
        for corpus, tally in tallies.items():
            result[corpus] = {
                name: {"share": hits / of if of else None, "hits": hits, "of": of, "interval": wilson(hits, of)}
                for name, hits, of in tally.rows()
            }
            if corpus == "all":
                failed |= any(of and hits / of < AIMS[name] for name, hits, of in tally.rows())
        result["with unlisted names"] = named.figures(tallies["all"])
        if not any(of for *_, of in tallies["all"].rows()):
            print(f"quality not measured: no posting is labelled `{options.half}` at present", file=sys.stderr)
        elif not options.json:
            _print_quality(tallies, said, options.half)
            print(named.in_words(tallies["all"]))
    else:
        print(f"quality not measured: {LABELS.name} is missing", file=sys.stderr)
    if not options.no_speed:
        texts = [p.text for p in load(folder, None, limit=250)]
        rates = speed(lexicon, texts)
        result["megabytes per cpu second"] = rates
        result["times flashtext"] = {name: rate / rates["flashtext"] for name, rate in rates.items()}
        failed |= result["times flashtext"]["matcher"] < AIMS["times flashtext"]
        if not options.json:
            _print_speed(rates, len(texts))
    if options.json:
        print(json.dumps(result, indent=1))
    return int(failed)


def _print_speed(rates: dict[str, float], texts: int) -> None:
    print(f"\n{FORMS} forms, {texts} real texts, best of {ROUNDS} interleaved rounds")
    for name, rate in rates.items():
        print(
            f"  {name:24s} {rate:7.1f} MB/cpu-s  {rate * 500:8.0f} texts of 2 kB/cpu-s  "
            f"{rate / rates['flashtext']:5.1f} x flashtext"
        )


def _print_quality(tallies: dict[str, Tally], said: Sequence[str], half: str) -> None:
    print(f"half: {half}")
    for corpus, tally in tallies.items():
        for name, hits, of in tally.rows():
            low, high = wilson(hits, of)
            share = f"{hits / of:.3f} [{low:.3f}, {high:.3f}]" if of else "-"
            aim = f"  aim {AIMS[name]:.2f}" if corpus == "all" else ""
            print(f"  {corpus:8s} {name:17s} {share:24s} {hits}/{of}{aim}")
    print("\n  labelled \\ read  " + " ".join(f"{c:>10s}" for c in (*CLASSES, "-")))
    for want in (*CLASSES, "-"):
        print(f"  {want:17s} " + " ".join(f"{tallies['all'].confusion[want, have]:10d}" for have in (*CLASSES, "-")))
    for line in said:
        print("  " + line)


if __name__ == "__main__":
    raise SystemExit(main())
