"""Who may know whom: the import contracts, and what they cannot say."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE_ROOTS = ("atdata_schema", "codegen", "generated")
HEAVY = {
    "boto3",
    "cryptography",
    "dns",
    "keyring",
    "redis",
    "psycopg",
    "pyarrow",
    "pandas",
    "torch",
    "ray",
    "websockets",
    "PIL",
    "webdataset",
}
LINT = "import sys; from importlinter.cli import lint_imports_command as c; sys.exit(c(['--no-cache', '--no-logo']))"


def lint(folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    paths = ":".join(str(folder / name) for name in SOURCE_ROOTS)
    return subprocess.run(
        [sys.executable, "-c", LINT],
        cwd=folder,
        env=env | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )


def loaded_by(statement: str, env: dict[str, str]) -> set[str]:
    """Top-level names in `sys.modules` after `statement` in a new interpreter."""
    code = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_import_contracts_hold(root: Path, source_env: dict[str, str]) -> None:
    done = lint(root, source_env)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("codegen/atdata_codegen/planted.py", "import atdata_lexicons"),
        ("codegen/atdata_codegen/planted.py", "import atdata"),
        ("generated/atdata_lexicons/planted.py", "import atdata"),
        ("atdata_schema/atdata_schema/planted.py", "import atdata_codegen"),
        ("atdata_schema/atdata_schema/planted.py", "import atdata_lexicons"),
        ("atdata_schema/atdata_schema/errors.py", "import atdata_schema.lexicon.catalog"),
    ],
)
def test_a_planted_import_breaks_a_contract(
    root: Path, tmp_path: Path, source_env: dict[str, str], module: str, line: str
) -> None:
    for name in (*SOURCE_ROOTS, "pyproject.toml"):
        copy = shutil.copytree if (root / name).is_dir() else shutil.copy
        copy(root / name, tmp_path / name)
    with (tmp_path / module).open("a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")
    done = lint(tmp_path, source_env)
    assert done.returncode == 1, done.stdout + done.stderr
    assert Path(module).stem in done.stdout


def test_compiled_code_imports_only_the_versioned_contract(root: Path) -> None:
    modules = sorted((root / "generated").rglob("*.py"))
    assert modules
    for path in modules:
        for name in imported(ast.parse(path.read_text("utf-8"))):
            assert may_be_in_compiled_code(name), f"{path}: {name}"


def may_be_in_compiled_code(name: str) -> bool:
    top = name.partition(".")[0]
    packages = {"atdata_lexicons", "numpy", *sys.stdlib_module_names}
    return top in packages or f"{name}.".startswith("atdata_schema.v1.")


def imported(tree: ast.Module) -> set[str]:
    """What a module imports: `a.b` both for `import a.b` and for `from a import b`."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import in compiled code"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_importing_atdata_loads_no_optional_package(source_env: dict[str, str]) -> None:
    assert not loaded_by("import atdata", source_env) & HEAVY


def test_proofs_load_no_optional_package_before_a_signature(source_env: dict[str, str]) -> None:
    modules = "atdata.atmosphere.proofs.verification, atdata.atmosphere.identity.identities"
    assert not loaded_by(f"import {modules}", source_env) & HEAVY


@pytest.mark.parametrize(
    "module",
    [
        "atdata_schema.data",
        "atdata_schema.lexicon",
        "atdata_schema.model",
        "atdata_schema.syntax",
        "atdata_codegen.cli",
    ],
)
def test_the_compiler_starts_without_numpy(module: str, source_env: dict[str, str]) -> None:
    assert "numpy" not in loaded_by(f"import {module}", source_env)


def test_no_source_root_is_a_package(root: Path) -> None:
    """An `__init__.py` there would shadow the package of the same name inside."""
    assert [name for name in SOURCE_ROOTS if (root / name / "__init__.py").exists()] == []


def test_every_package_says_that_it_is_typed(root: Path) -> None:
    packages = [
        path.parent for name in SOURCE_ROOTS for path in (root / name).glob("*/__init__.py")
    ]
    assert sorted(path.name for path in packages) == [
        "atdata",
        "atdata_codegen",
        "atdata_lexicons",
        "atdata_schema",
    ]
    assert [path.name for path in packages if not (path / "py.typed").exists()] == []
