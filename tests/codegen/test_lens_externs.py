"""The code of externs: asked for by a protocol, begun once, looked for without running it, checked by types."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lens_projects import array, put_lens, put_type

Run = Callable[..., tuple[int, str, str]]

LENS = """\
extern rle: bytes <-> uint8[H, W] "Run lengths.";
extern ink: uint8[H, W] -> integer;

lens unmask from org.example.coded to org.example.masked {
  mask | extern rle(height=2, width=2) <-> mask;
  mask | extern rle(height=2, width=2) | extern ink -> ink;
}
"""

CODE = '''\
"""Run lengths, and how much ink there is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def rle_get(value: bytes, /, *, height: int, width: int) -> NDArray[np.uint8]:
    return np.frombuffer(value, np.uint8).reshape(height, width)


def rle_put(view: NDArray[np.uint8], source: bytes | None, /, *, height: int, width: int) -> bytes:
    return view.tobytes()


def ink_get(value: NDArray[np.uint8], /) -> int:
    return int(value.sum())
'''


@pytest.fixture
def coded(lens_project: Path) -> Path:
    """A project whose lens needs code."""
    (lens_project / "lexicons/org/example/photoToTrain.lens").unlink()
    put_type(lens_project, "org.example.coded", {"mask": {"type": "bytes", "maxLength": 100}})
    put_type(
        lens_project,
        "org.example.masked",
        {"mask": array("uint8", "H", "W"), "ink": {"type": "integer"}},
    )
    put_lens(lens_project, LENS, "org.example.unmask")
    return lens_project


def test_the_module_is_created_once_with_typed_skeletons(coded: Path, gen: Run) -> None:
    status, out, _ = gen("check")
    assert status == 1
    assert not (coded / "src").exists()
    status, out, _ = gen("build")
    assert status == 1
    assert (
        "unmask.lens:1:1: error[missing-extern]: acme_externs is not there; it needs rle_get"
        "(value: bytes, /, *, height: int, width: int) -> NDArray[np.uint8]"
    ) in out
    assert "unmask.lens:2:1: error[missing-extern]" in out
    module = coded / "src/acme_externs.py"
    text = module.read_text()
    assert "def rle_put(" in text
    assert "source: bytes | None, /, *, height: int, width: int" in text
    assert '"""Run lengths."""' in text
    assert "from numpy.typing import NDArray" in text
    assert "def ink_put" not in text
    assert (coded / "src/acme/org/example/unmask.py").exists()  # it says what the code has to be
    compile(text, str(module), "exec")


def test_what_is_not_written_yet_is_found_and_the_module_is_never_touched(
    coded: Path, gen: Run
) -> None:
    gen("build")
    module = coded / "src/acme_externs.py"
    text, before = module.read_text(), module.stat().st_mtime_ns
    for command in ("build", "check", "build"):
        status, out, _ = gen(command)
        assert status == 1
        assert "src/acme_externs.py:9:1: error[missing-extern]: ink_get is not written yet" in out
        assert out.count("error[missing-extern]") == 3
    assert (module.read_text(), module.stat().st_mtime_ns) == (text, before)
    module.unlink()
    gen("build")
    assert module.read_text() == text  # begun again where it is gone
    module.write_text(CODE)
    assert gen("build")[0] == 0
    assert gen("check")[0] == 0
    assert gen("build", "--force")[0] == 0
    assert module.read_text() == CODE


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "def rle_put",
            "def put_rle",
            "acme_externs has no rle_put(view: NDArray[np.uint8], source",
        ),
        (
            "    return int(value.sum())",
            "    raise NotImplementedError",
            "ink_get is not written yet",
        ),
        ("    return int(value.sum())", "    ...", "ink_get is not written yet"),
        (
            "    return int(value.sum())",
            '    """Later."""\n    raise NotImplementedError("x")',
            "ink_get is not",
        ),
        (
            "def ink_get(",
            "def ink_get((",
            "error[missing-extern]: the module of externs is not Python",
        ),
        ("def ink_get(", "x = '\x00'\ndef ink_get(", "the module of externs is not Python"),
    ],
)
def test_what_is_missing(coded: Path, gen: Run, old: str, new: str, said: str) -> None:
    module = coded / "src/acme_externs.py"
    module.parent.mkdir()
    assert old in CODE
    module.write_text(CODE.replace(old, new))
    status, out, _ = gen("build")
    assert (status, said in out) == (1, True), out
    module.write_text(CODE)
    assert gen("build")[0] == 0


@pytest.mark.parametrize(
    "text",
    [
        "from acme_impl import rle_get, rle_put, ink_get\n",
        "from acme_impl import a as rle_get, b as rle_put\nink_get = rle_get\n",
        "try:\n    from fast import rle_get, rle_put, ink_get\nexcept ImportError:\n    from slow import rle_get\n",
        "import acme_impl\nrle_get, rle_put = acme_impl.pair\nink_get: object = acme_impl.ink\n",
        "class rle_get: ...\nclass rle_put: ...\nif True:\n    def ink_get(value): return 1\n",
    ],
)
def test_names_may_be_bound_in_any_way(coded: Path, gen: Run, text: str) -> None:
    (coded / "src").mkdir()
    (coded / "src/acme_externs.py").write_text(text)
    assert gen("build")[0] == 0


def test_the_module_is_read_and_never_run(coded: Path, gen: Run) -> None:
    (coded / "src").mkdir()
    witness = coded / "ran"
    (coded / "src/acme_externs.py").write_text(f"open({str(witness)!r}, 'w')\n{CODE}")
    assert gen("build")[0] == 0
    assert gen("lens", "stubs")[0] == 0
    assert not witness.exists()


def test_code_that_nobody_needs_is_a_warning(coded: Path, gen: Run) -> None:
    (coded / "src").mkdir()
    more = "\n\ndef blur_get(value): return value\n\n\ndef _own_get(value): return value\n\n\ndef other(): ...\n"
    (coded / "src/acme_externs.py").write_text(CODE + more)
    status, out, _ = gen("build")
    assert status == 0
    assert out.count("warning[orphaned-extern]") == 1
    assert "acme_externs.py:21:1: warning[orphaned-extern]: blur_get is named as" in out
    assert "orphaned-extern" not in gen("build", "--ignore", "orphaned-extern=for the notebook")[1]


def test_one_name_means_one_thing_in_a_project(coded: Path, gen: Run) -> None:
    put_lens(coded, LENS, "org.example.second")  # the same: one code
    (coded / "src").mkdir()
    (coded / "src/acme_externs.py").write_text(CODE)
    assert gen("build")[0] == 0
    put_lens(coded, LENS.replace("rle(height=2, width=2)", "rle(rows=2)"), "org.example.second")
    status, out, _ = gen("build")
    assert status == 1
    assert "error[extern-clash]: extern rle is (value: bytes" in out


def test_where_the_module_lies_is_configured(coded: Path, gen: Run) -> None:
    with (coded / "pyproject.toml").open("a") as file:
        file.write('externs = "lab.lens_code"\n')
    assert gen("build")[0] == 1
    assert (coded / "src/lab/lens_code.py").exists()
    text = (coded / "src/acme/org/example/unmask.py").read_text()
    assert "import lab.lens_code" in text
    (coded / "pyproject.toml").write_text(
        (coded / "pyproject.toml").read_text().replace("lab.lens_code", "acme.externs")
    )
    status, _, err = gen("build")
    assert status == 2
    assert "which lies in the compiled package acme" in err


def test_stubs_prints_what_is_missing(coded: Path, gen: Run) -> None:
    status, out, err = gen("lens", "stubs")
    assert (status, err) == (0, "")
    assert "def rle_get(value: bytes, /, *, height: int, width: int) -> NDArray[np.uint8]:" in out
    assert not (coded / "src").exists()
    (coded / "src").mkdir()
    (coded / "src/acme_externs.py").write_text(CODE.replace("def ink_get", "def ink_gets"))
    out = gen("lens", "stubs")[1]
    assert "def ink_get(value: NDArray[np.uint8], /) -> " in out
    assert "rle" not in out
    (coded / "src/acme_externs.py").write_text(CODE)
    assert gen("lens", "stubs") == (0, "", "atdata-gen: acme_externs has them all\n")
    assert "def rle_get" in gen("lens", "stubs", "--all")[1]
    put_lens(coded, "lens x", "org.example.unmask")
    assert gen("lens", "stubs")[0] == 1


def test_compiled_lenses_use_the_code(
    coded: Path, gen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (coded / "src").mkdir()
    (coded / "src/acme_externs.py").write_text(CODE)
    assert gen("build")[0] == 0
    monkeypatch.setattr(sys, "path", [str(coded / "src"), *sys.path])
    for known in [known for known in sys.modules if known.partition(".")[0].startswith("acme")]:
        del sys.modules[known]
    importlib.invalidate_caches()
    lens = importlib.import_module("acme.org.example.unmask").unmask
    coded_sample = lens.source_class(mask=b"\1\2\3\4")
    view = lens.get(coded_sample)
    assert (view.mask.tolist(), view.ink) == ([[1, 2], [3, 4]], 10)
    for known in [known for known in sys.modules if known.partition(".")[0].startswith("acme")]:
        del sys.modules[known]


def checked_by(tool: list[str], project: Path) -> str:
    """What a type checker says of a project's source."""
    done = subprocess.run(tool, cwd=project, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


WRONG = {
    "missing": ("def ink_get(", "def ink_gets("),
    "a parameter": ("*, height: int, width: int) -> NDArray", "*, height: int) -> NDArray"),
    "a result": ("-> int:\n    return int(value.sum())", "-> str:\n    return str(value.sum())"),
}


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_type_checkers_hold_the_module_against_the_protocol(
    coded: Path, gen: Run, root: Path, checker: str
) -> None:
    (coded / "src").mkdir()
    module = coded / "src/acme_externs.py"
    module.write_text(CODE)
    assert gen("build")[0] == 0
    paths = [str(root / name) for name in ("atdata_schema", "codegen", "generated")]
    if checker == "mypy":
        settings = (
            f"[mypy]\nstrict = True\nmypy_path = src:{':'.join(paths)}\nfollow_imports = silent\n"
        )
        (coded / "mypy.ini").write_text(settings)
        tool = [sys.executable, "-m", "mypy", "-p", "acme", "-m", "acme_externs"]
    else:
        listed = ", ".join(f'"{path}"' for path in ("src", *paths))
        (coded / "pyrightconfig.json").write_text(
            f'{{"include": ["src"], "extraPaths": [{listed}], "typeCheckingMode": "strict"}}'
        )
        tool = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable]
    said = checked_by(tool, coded)
    assert "unmask.py" not in said, said
    for name, (old, new) in WRONG.items():
        module.write_text(CODE.replace(old, new))
        said = checked_by(tool, coded)
        assert "unmask.py" in said, (name, said)
        assert "Externs" in said, (name, said)
