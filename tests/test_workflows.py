"""What runs at every change and every release: with few rights, of this tree's commands, and nothing unpinned."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

FILES = ("ci.yml", "release.yml")
PINNED = re.compile(r"[\w.-]+/[\w.-]+@(v\d+|release/v\d+|[0-9a-f]{40})")


@pytest.fixture(scope="module")
def workflows(repository: Path) -> dict[str, dict[str, Any]]:
    folder = repository / ".github" / "workflows"
    if not folder.is_dir():
        pytest.skip("a source distribution has no workflows")
    assert sorted(file.name for file in folder.iterdir()) == sorted(FILES)
    return {name: yaml.safe_load((folder / name).read_text(encoding="utf-8")) for name in FILES}


@pytest.fixture(scope="module")
def release(workflows: dict[str, dict[str, Any]]) -> dict[str, Any]:
    jobs: dict[str, Any] = workflows["release.yml"]["jobs"]
    return jobs


def jobs_of(workflows: dict[str, dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for workflow in workflows.values():
        yield from workflow["jobs"].items()


def steps_of(workflows: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [step for _, job in jobs_of(workflows) for step in job.get("steps", ())]


def actions_of(job: dict[str, Any]) -> list[str]:
    return [step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step]


def test_every_action_is_pinned_by_a_version_at_least(workflows: dict[str, dict[str, Any]]):
    used = [step["uses"] for step in steps_of(workflows) if "uses" in step]
    assert used
    assert [action for action in used if not PINNED.fullmatch(action)] == []


def test_nothing_may_write_unless_its_job_says_so(workflows: dict[str, dict[str, Any]]):
    assert [name for name, workflow in workflows.items() if workflow["permissions"] != {"contents": "read"}] == []
    written = {
        (name, right)
        for name, job in jobs_of(workflows)
        for right, access in job.get("permissions", {}).items()
        if access == "write"
    }
    assert written == {
        ("build", "id-token"),
        ("build", "attestations"),
        ("publish", "id-token"),
        ("announce", "contents"),
    }


def test_no_secret_is_asked_for_and_no_foreign_word_runs(repository: Path, workflows: dict[str, dict[str, Any]]):
    """A branch may be called `$(…)`: what the host fills in stands in variables, never in a command."""
    for name in workflows:
        text = (repository / ".github" / "workflows" / name).read_text(encoding="utf-8")
        assert "secrets." not in text
        assert "pull_request_target" not in text
    assert [step["run"] for step in steps_of(workflows) if "${{" in step.get("run", "")] == []
    checkouts = [step for step in steps_of(workflows) if "checkout" in step.get("uses", "")]
    assert [step for step in checkouts if step["with"]["persist-credentials"] is not False] == []


def test_every_command_is_one_the_tree_has(repository: Path, workflows: dict[str, dict[str, Any]]):
    targets = re.findall(r"^([a-z]+):.*##", (repository / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    lines = [line for step in steps_of(workflows) for line in step.get("run", "").splitlines()]
    made = {target for line in lines for target in re.findall(r"\bmake (\w+)", line)}
    scripts = {script for line in lines for script in re.findall(r"\.ci/\w+", line)}
    assert made == {"dist", "docs", "image"}
    assert made <= set(targets)
    assert scripts == {".ci/run", ".ci/sbom"}
    assert [script for script in scripts if not (repository / script).is_file()] == []


def test_the_checks_run_on_every_python_that_is_promised(repository: Path, workflows: dict[str, dict[str, Any]]):
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    promised = re.findall(r"Python :: (3\.\d+)", " ".join(project["classifiers"]))
    assert workflows["ci.yml"]["jobs"]["checks"]["strategy"]["matrix"]["python"] == promised


def test_what_is_published_was_checked_built_once_and_attested(release: dict[str, Any]):
    assert [release[job]["needs"] for job in ("build", "publish", "announce")] == ["check", "build", "publish"]
    assert release["check"]["uses"] == "./.github/workflows/ci.yml"
    attested = [action for action in actions_of(release["build"]) if "attest" in action]
    assert attested == ["actions/attest-build-provenance", "actions/attest-sbom"]
    assert [step for step in release["publish"]["steps"] if "run" in step] == []
    assert actions_of(release["publish"]) == ["actions/download-artifact", "pypa/gh-action-pypi-publish"]
    assert release["publish"]["environment"]


def test_a_tag_is_released_only_if_it_is_the_version(workflows: dict[str, dict[str, Any]], release: dict[str, Any]):
    # YAML takes the word `on` for a truth.
    started: Any = workflows["release.yml"]
    assert started[True] == {"push": {"tags": ["v*"]}}
    asked = " ".join(step.get("run", "") for step in release["build"]["steps"])
    assert 'test "$GITHUB_REF_NAME" = "v$version"' in asked


def test_every_job_ends(workflows: dict[str, dict[str, Any]]):
    assert [name for name, job in jobs_of(workflows) if "uses" not in job and "timeout-minutes" not in job] == []
