"""examples/organisations: built as wheels, installed apart from this repository, and changed on the way."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from fresh_environments import Installed, beside, run, succeed

pytestmark = pytest.mark.xdist_group("wheel")

TILE = Path("lexicons/example/visionlab/tile.json")


@dataclass(frozen=True, slots=True)
class World:
    """The three projects, the wheels that were built of them, an environment with all of them, and data of both."""

    folder: Path
    environment: Installed

    @property
    def wheels(self) -> Path:
        return self.folder / "wheels"

    def build(self, project: str, environment: Installed) -> str:
        """Build the wheel of a project; its name."""
        before = set(self.wheels.glob("*.whl"))
        command = ("-m", "build", "--no-isolation", "--wheel", "--outdir", str(self.wheels))
        succeed(environment.run(self.folder / project, *command))
        (made,) = set(self.wheels.glob("*.whl")) - before
        return made.name

    def install(self, environment: Installed, name: str) -> None:
        """Install a distribution from the wheels, and from nowhere else."""
        environment.install("--no-index", "--find-links", str(self.wheels), "--upgrade", name)

    def train(self) -> float:
        """How much the classifier has right, in percent."""
        out = succeed(
            self.environment.command(self.folder, "tissue-trainer", "data/lab", "data/hospital")
        )
        assert out.startswith("right on ")
        return float(out.removeprefix("right on ").partition("%")[0])


@pytest.fixture(scope="module")
def world(root: Path, building: Installed, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Everything built, installed and written as the README of the example says."""
    folder = tmp_path_factory.mktemp("organisations")
    hidden = shutil.ignore_patterns("__pycache__", "dist", "build")
    shutil.copytree(root / "examples/organisations", folder, dirs_exist_ok=True, ignore=hidden)
    (folder / "env").mkdir()
    made = World(folder, beside(building, folder / "env"))
    made.build("vision-lab", building)
    made.install(made.environment, "vision-lab-types")
    made.build("hospital", made.environment)
    made.build("trainer", building)
    made.install(made.environment, "tissue-trainer")  # brings the hospital's
    for project, program, place in (
        ("vision-lab", "write_tiles.py", "lab"),
        ("hospital", "write_biopsies.py", "hospital"),
    ):
        script = folder / project / "scripts" / program
        succeed(made.environment.run(folder, str(script), f"data/{place}"))
    git(made, "init", "--quiet", "--initial-branch", "main")
    git(made, "add", ".")
    git(made, "commit", "--quiet", "-m", "Publish the types of the lab")
    return made


def git(world: World, *arguments: str) -> None:
    who = ["-c", "user.name=lab", "-c", "user.email=lab@visionlab.example"]
    succeed(run(["git", *who, *arguments], world.folder / "vision-lab", world.environment.env))


def gen(world: World, project: str, *arguments: str) -> tuple[int, str]:
    """Run the compiler in a project; the exit status and everything it said."""
    command = ("-m", "atdata_codegen", *arguments)
    done = world.environment.run(world.folder / project, *command)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def propose(world: World, name: str) -> None:
    """Write a proposal over the lexicon."""
    lab = world.folder / "vision-lab"
    shutil.copy(lab / "proposals" / f"{name}.json", lab / TILE)


def test_a_model_learns_from_both(world: World) -> None:
    assert world.train() > 90


def test_all_three_have_the_same_classes(world: World) -> None:
    code = (
        "from typing import get_type_hints\n"
        "from hospital_types.example.hospital.biopsy import Biopsy\n"
        "from vision_lab_types.example.visionlab.tile import Tile\n"
        "import hospital_types, tissue_trainer.tiles, atdata\n"
        "assert get_type_hints(Biopsy)['tile'] is Tile is tissue_trainer.tiles.Tile\n"
        "assert list(hospital_types.LEXICONS) == ['example.hospital.biopsy']\n"
        "print(atdata.__file__)\n"
    )
    assert "site-packages" in succeed(world.environment.run(world.folder, "-c", code))


def test_the_trainer_passes_mypy_with_the_types_of_both(world: World) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable"]
    source = str(world.folder / "trainer/src/tissue_trainer")
    python = str(world.environment.python)
    succeed(run([*command, python, source], world.folder, world.environment.env))


def test_each_project_is_sound(world: World) -> None:
    """As the workflow of the lab has it, and the hospital's lock."""
    for project in ("vision-lab", "hospital"):
        for command in (("lint", "--strict"), ("fmt", "--check"), ("check",)):
            status, said = gen(world, project, *command)
            assert status == 0, said
    workflow = world.folder / "vision-lab/.github/workflows/lexicons.yml"
    steps = [line for line in workflow.read_text("utf-8").splitlines() if "atdata-gen" in line]
    assert [step.split()[3] for step in steps] == ["lint", "check", "breaking"]
    assert all("--format github" in step for step in steps)
    status, said = gen(world, "hospital", "install", "--locked")
    assert (status, said) == (0, "2 there already\n")


@pytest.mark.parametrize("against", ["git:main", "package:vision-lab-types"])
def test_a_break_is_caught_on_the_way(world: World, against: str) -> None:
    propose(world, "required-scanner")
    try:
        status, said = gen(world, "vision-lab", "breaking", "--against", against)
        assert status == 1
        assert "scanner" in said
        github = gen(world, "vision-lab", "breaking", "--against", against, "--format", "github")[1]
        assert github.startswith(f"::error file={TILE.as_posix()},line=")
        propose(world, "optional-scanner")
        status, said = gen(world, "vision-lab", "breaking", "--against", against)
        assert status == 0, said
    finally:
        git(world, "checkout", "--quiet", "--", str(TILE))


def test_a_change_that_breaks_nothing_reaches_everybody(
    world: World, building: Installed, tmp_path: Path
) -> None:
    """The hospital's lock refuses it until it is taken on purpose; shards of before are read as they are."""
    before = world.train()
    propose(world, "optional-scanner")
    pyproject = world.folder / "vision-lab/pyproject.toml"
    text = pyproject.read_text("utf-8")
    pyproject.write_text(text.replace('"1.0.0"', '"1.1.0"'), "utf-8")
    assert world.build("vision-lab", building).startswith("vision_lab_types-1.1.0")
    later = World(world.folder, beside(building, tmp_path))
    later.install(later.environment, "tissue-trainer")
    assert later.train() == before
    status, said = gen(later, "hospital", "install", "--locked")
    assert status == 1
    assert "example.visionlab.tile is pinned to the CID" in said
    assert gen(later, "hospital", "install", "--update")[0] == 0
    assert gen(later, "hospital", "install", "--locked")[0] == 0
    lock = json.loads((later.folder / "hospital/lexicons.json").read_text("utf-8"))
    assert lock["resolutions"]["example.visionlab.tile"]["uri"].endswith("@1.1.0")
    assert gen(later, "hospital", "check")[0] == 0  # nothing of the hospital's own has changed
